namespace MaskGen.ML.Inference;

/// <summary>Loads both halves of a model from weights that are opened and verified once.</summary>
internal static class EncoderAndDecoder
{
    /// <summary>Loads encoder and decoder of a model without blocking.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="options">Device and threads, or null for the CPU.</param>
    /// <param name="progress">Progress callback of a download; null for none.</param>
    /// <param name="cancellationToken">Stops the work; not while the halves are built.</param>
    /// <returns>Both; the caller disposes them.</returns>
    /// <inheritdoc cref="Sam2ImageEncoder.CreateAsync" path="/exception"/>
    public static Task<(Sam2ImageEncoder Encoder, Sam2PromptDecoder Decoder)> CreateAsync(
        Sam2Model model, Sam2SessionOptions? options, IProgress<Sam2DownloadProgress>? progress, CancellationToken cancellationToken) =>
        model.LoadAsync(
            opened =>
            {
                var (encoder, decoder) = Load(opened, options, opened.Fingerprint);
                return (encoder, new Sam2PromptDecoder(opened.Config, decoder, opened.Fingerprint, model.Name));
            },
            progress,
            cancellationToken);

    /// <summary>Builds both; the weights are not needed afterwards.</summary>
    /// <param name="opened">Configuration and weights.</param>
    /// <param name="options">Device and threads, or null for the CPU.</param>
    /// <param name="fingerprint">What embeddings are marked with; null for nothing, where they stay inside.</param>
    public static (Sam2ImageEncoder Encoder, IMaskDecoder Decoder) Load(
        OpenedSam2Model opened, Sam2SessionOptions? options, string? fingerprint = null) =>
        DeviceFallback.Load(options, settled => LoadOnOneDevice(opened, settled, fingerprint));

    private static (Sam2ImageEncoder Encoder, IMaskDecoder Decoder) LoadOnOneDevice(
        OpenedSam2Model opened, Sam2SessionOptions options, string? fingerprint)
    {
        // ONNX Runtime builds a session on one thread, so another packs the decoder's weights meanwhile. Not for a GPU, for which both are
        // sessions that a driver makes; and not where a user's own code is called for each.
        var decoding = options is { IsOnCpu: true, ConfigureSession: null }
            ? Task.Run(() => Sam2PromptDecoder.CreateMaskDecoder(opened, options))
            : null;
        Sam2ImageEncoder encoder;
        try
        {
            encoder = new Sam2ImageEncoder(opened, options, fingerprint);
        }
        catch
        {
            // The weights are closed next, which it is still reading.
            Discard(decoding);
            throw;
        }

        try
        {
            return (
                encoder,
                decoding?.GetAwaiter().GetResult() ?? Sam2PromptDecoder.CreateMaskDecoder(opened, options));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private static void Discard(Task<IMaskDecoder>? decoding)
    {
        if (decoding is null)
        {
            return;
        }

        ((IAsyncResult)decoding).AsyncWaitHandle.WaitOne();
        if (decoding.IsCompletedSuccessfully)
        {
            decoding.Result.Dispose();
        }
    }
}
