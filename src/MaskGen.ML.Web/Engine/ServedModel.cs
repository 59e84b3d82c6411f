using System.Diagnostics;
using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>The model that all requests share. Loading begins with the application, and requests wait for it.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ServedModel : IHostedService, IDisposable
{
    private readonly MaskGenWebOptions _options;
    private readonly ILogger<ServedModel> _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private Task<LoadedParts>? _loading;
    private bool _isDisposed;

    public ServedModel(MaskGenWebOptions options, ILogger<ServedModel> logger)
    {
        (_options, _logger) = (options, logger);
        Model = options.Model ?? Sam2Model.Nano;
    }

    public Sam2Model Model { get; }

    /// <summary>The name without the folders of a path.</summary>
    public string Name => Model.Name.Contains('\\', StringComparison.Ordinal) || Path.IsPathRooted(Model.Name)
        ? Path.GetFileName(Model.Name.Replace('\\', '/'))
        : Model.Name;

    public bool IsDemonstration => Model.IsNano;

    /// <summary>The parts if they are loaded; null before.</summary>
    public LoadedParts? Loaded => _loading is { IsCompletedSuccessfully: true } done ? done.Result : null;

    /// <summary>Why the model could not be loaded; null unless that is so.</summary>
    public string? Problem =>
        _loading is { IsFaulted: true } failed ? WebProblem.PathFree(failed.Exception!.InnerException!.Message) : null;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = Loading();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _ending.Cancel();
        return Task.CompletedTask;
    }

    /// <summary>The loaded model.</summary>
    /// <exception cref="WebProblem">It could not be loaded.</exception>
    public async Task<LoadedParts> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Loading().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new WebProblem(503, "loading", $"The model {Name} could not be loaded: {WebProblem.PathFree(e.Message)}");
        }
    }

    public void Dispose()
    {
        // The container does so twice, as it knows this under two names.
        if (!_isDisposed)
        {
            _isDisposed = true;
            _ending.Cancel();
            Loaded?.Dispose();
        }
    }

    private Task<LoadedParts> Loading()
    {
        lock (_lock)
        {
            return _loading ??= Task.Run(LoadAsync);
        }
    }

    private async Task<LoadedParts> LoadAsync()
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var parts = await Model.LoadAsync(Load, _options.DownloadProgress, _ending.Token).ConfigureAwait(false);
            await parts.WarmUpAsync(_ending.Token).ConfigureAwait(false);
            _logger.ModelReady(Name, parts.Decoder.Device.ToString(), watch.Elapsed.TotalMilliseconds);
            return parts;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _logger.ModelFailed(e, Name);
            throw;
        }
    }

    private LoadedParts Load(OpenedSam2Model opened)
    {
        var (encoder, decoder) = EncoderAndDecoder.Load(opened, _options.Session, opened.Fingerprint);
        return new LoadedParts(opened.Config, encoder, decoder, opened.Fingerprint, Model.RecommendedThresholds);
    }

    /// <summary>A loaded model, of which encoder, prompts and point grid share the weights.</summary>
    internal sealed class LoadedParts(
        Sam2ModelConfig config, Sam2ImageEncoder encoder, IMaskDecoder masks, string fingerprint, RecommendedThresholds thresholds)
        : IDisposable
    {
        public Sam2ImageEncoder Encoder => encoder;

        public Sam2PromptDecoder Decoder { get; } = new(config, masks, fingerprint);

        public string Fingerprint => fingerprint;

        public RecommendedThresholds Thresholds => thresholds;

        /// <summary>Side of the low-resolution masks, S/4.</summary>
        public int MaskSize => config.MaskSize;

        /// <summary>A generator for one run; it owns nothing.</summary>
        public AutomaticMaskGenerator Generator(AutomaticMaskGenerationOptions options) =>
            new(config, encoder.Encode, masks, thresholds, options, fingerprint);

        public async Task WarmUpAsync(CancellationToken cancellationToken)
        {
            await encoder.WarmUpAsync(cancellationToken).ConfigureAwait(false);
            await Decoder.WarmUpAsync(cancellationToken).ConfigureAwait(false);
        }

        public void Dispose()
        {
            // The decoder owns what decodes masks.
            Decoder.Dispose();
            encoder.Dispose();
        }
    }
}
