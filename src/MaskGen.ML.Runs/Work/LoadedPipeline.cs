using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Runs;

/// <summary>The pipeline of a run, loaded when it is first needed, and again after it was disposed.</summary>
/// <remarks>One call of <see cref="GetAsync"/> at a time; <see cref="Cancel"/> from any thread.</remarks>
internal sealed class LoadedPipeline(MaskRunStore store, RunManifest manifest, MaskRunOptions options) : IDisposable
{
    private RunPipeline? _pipeline;

    /// <summary>The pipeline.</summary>
    /// <exception cref="MaskRunMismatchException">It is another than the run was created with.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<RunPipeline> GetAsync(CancellationToken cancellationToken)
    {
        if (_pipeline is not null)
        {
            return _pipeline;
        }

        var path = Path.Combine(Path.GetTempPath(), $"maskgen-run-{Guid.NewGuid():N}.zip");
        try
        {
            await SavedPipeline.CopyAsync(store, manifest, path, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            var context = (options.CreateContext ?? (() => new MLContext()))();
            context.Log += TellDevice;
            _pipeline = RunPipeline.Load(path, manifest.Settings, context, options.Session);
            return _pipeline;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Ends what is being computed. Its context stays cancelled, so that it is to be disposed then.</summary>
    public void Cancel() => _pipeline?.Cancel();

    public void Dispose()
    {
        _pipeline?.Dispose();
        _pipeline = null;
    }

    // What a stage says when it has loaded its model: which device computes, and why it is not another.
    private void TellDevice(object? sender, LoggingEventArgs message)
    {
        if (options.Logger is { } logger && message.Source.EndsWith(StageEnvironment.LoadingChannel, StringComparison.Ordinal))
        {
            if (message.Kind == ChannelMessageKind.Warning)
            {
                logger.DeviceFallback(message.RawMessage);
            }
            else if (message.Kind == ChannelMessageKind.Info)
            {
                logger.Device(message.RawMessage);
            }
        }
    }
}
