namespace MaskGen.ML.Models;

/// <summary>A model of a hub: opened from the cache, downloaded into it where it is not there or not whole.</summary>
/// <remarks>Safe for concurrent use. Nothing is remembered of a failure.</remarks>
/// <param name="repository">The repository.</param>
/// <param name="settings">How it is downloaded.</param>
/// <param name="onnx">How pixels are prepared, where it is a model in ONNX.</param>
internal sealed class HubModel(HubRepository repository, HubSettings settings, Sam2OnnxOptions onnx)
{
    private volatile RecommendedThresholds _thresholds = RecommendedThresholds.Official;

    /// <summary>The thresholds of the model as it was last opened, or seen in the cache; the official ones before that.</summary>
    public RecommendedThresholds RecommendedThresholds => _thresholds;

    /// <summary>Takes the thresholds of the cache where the model is there already.</summary>
    /// <exception cref="CheckpointFormatException">Its maskgen.json has a value that is not allowed.</exception>
    public void LookIntoCache()
    {
        // A damaged file is seen to when the model is opened.
        if (new HubCache(settings.CacheFolder).FindSnapshot(repository) is { } snapshot
            && snapshot.Has(Sam2ModelMetadata.FileName)
            && HubFileCheck.FindDefect(snapshot.PathOf(Sam2ModelMetadata.FileName)) is null)
        {
            _thresholds = Sam2ModelMetadata.ReadBeside(snapshot.Folder).RecommendedThresholds;
        }
    }

    /// <summary>Opens the files; the caller disposes the result.</summary>
    /// <param name="progress">Progress callback of a download, or null.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="ArgumentException">Pixels of a model in ONNX were asked for, and it is a checkpoint.</exception>
    /// <exception cref="Sam2DownloadException">They could not be downloaded.</exception>
    /// <exception cref="CheckpointFormatException">One of them is not what it should be.</exception>
    public async Task<OpenedSam2Model> OpenAsync(IProgress<Sam2DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var snapshot = await HubModelDownload.GetAsync(repository, settings with { Progress = progress }, cancellationToken)
            .ConfigureAwait(false);
        if (!snapshot.IsOnnx)
        {
            onnx.ThrowIfOwnPixelsOf($"{repository.Name}, a checkpoint");
        }

        try
        {
            var thresholds = Sam2ModelMetadata.ReadBeside(snapshot.Folder).RecommendedThresholds;
            var opened = snapshot.IsOnnx
                ? OnnxExportFiles.Find(snapshot.ModelPath, onnx).Open(onnx)
                : Sam2ModelFiles.Find(snapshot.ModelPath).Open();
            _thresholds = thresholds;
            return opened;
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not CheckpointFormatException))
        {
            throw new Sam2DownloadException(
                Sam2DownloadFailure.Cache,
                $"{repository.Name}: expected files that can be read in {snapshot.Folder}, where they were a moment ago, found others: "
                + $"{HubText.Clean(e.Message.TrimEnd('.'), HubText.MessageLength)}. Is something else cleaning the cache?",
                e);
        }
    }

    /// <summary>Looks whether a model that cannot be used is one of damaged files, and downloads those again.</summary>
    /// <param name="progress">Progress callback of a download, or null.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <returns>False where all files are as the hub has them.</returns>
    /// <exception cref="Sam2DownloadException">A file is damaged and could not be downloaded again.</exception>
    public Task<bool> RepairAsync(IProgress<Sam2DownloadProgress>? progress, CancellationToken cancellationToken) =>
        HubModelDownload.RepairAsync(repository, settings with { Progress = progress }, cancellationToken);
}
