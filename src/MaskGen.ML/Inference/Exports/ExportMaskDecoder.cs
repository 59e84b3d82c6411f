using MaskGen.ML.Models;

namespace MaskGen.ML.Inference;

/// <summary>The mask decoder of an export, or its two: one for a single mask and one for three.</summary>
/// <remarks>Every mask of every prompt is computed to the end. Safe for concurrent use.</remarks>
internal sealed class ExportMaskDecoder : IMaskDecoder
{
    private readonly OnnxExport _export;
    private readonly ExportDecoderSession? _single;
    private readonly ExportDecoderSession? _multimask;

    /// <param name="export">An export with its decoders; of its files nothing is kept.</param>
    /// <param name="options">Device and threads.</param>
    /// <exception cref="CheckpointFormatException">It is a saved stage's and has no decoder; or ONNX Runtime cannot load a
    /// file.</exception>
    /// <exception cref="InvalidOperationException">Memory does not suffice, or a GPU was asked for that cannot be used.</exception>
    public ExportMaskDecoder(OnnxExport export, Sam2SessionOptions options)
    {
        if (export.Decoders.Count == 0)
        {
            throw new CheckpointFormatException(
                export.Source, "expected a mask decoder, found a model of its image encoder alone, as the stage that was saved needs it.");
        }

        _export = export.WithoutFiles();
        try
        {
            foreach (var decoder in export.Decoders)
            {
                var part = new ExportDecoderSession(_export, decoder, options, this);
                ref var place = ref part.MaskCount == 1 ? ref _single : ref _multimask;
                if (place is not null)
                {
                    part.Dispose();
                    throw new CheckpointFormatException(
                        decoder.File.Source,
                        $"expected one decoder for a single mask and one for three, found two for "
                        + $"{(part.MaskCount == 1 ? "one" : "three")} ({place.Source}). Name the decoder that is meant "
                        + $"({nameof(Sam2OnnxOptions.DecoderPath)}, --decoder).");
                }

                place = part;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Sam2Device Device => (_multimask ?? _single)!.Device;

    public void ThrowIfUnsupported(MaskOutput output, bool withMasks)
    {
        if (withMasks && _export.Family.MaskInput is null)
        {
            throw new NotSupportedException(
                $"Expected prompts of points and boxes, found one with an earlier mask: {_export.Name}, by {_export.Family.Name}, takes no "
                + "masks.");
        }

        if (output == MaskOutput.Multimask && _multimask is null)
        {
            throw new NotSupportedException(
                $"Expected one mask per prompt ({MaskOutput.Single}, --single), found {MaskOutput.Multimask}: the decoder of "
                + $"{_export.Name}, by {_export.Family.Name}, gives one.");
        }

        if (output == MaskOutput.Single && _single is null && !_export.Options.BestAsSingle)
        {
            throw new NotSupportedException(
                $"Expected three masks per prompt ({MaskOutput.Multimask}, --multimask), found {MaskOutput.Single}: the decoder of "
                + $"{_export.Name}, by {_export.Family.Name}, gives no single mask. Take the best of three "
                + $"({nameof(Sam2OnnxOptions.BestAsSingle)}), or a decoder that gives one.");
        }
    }

    public IPreparedImage Prepare(EncodedImage image, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        image.ThrowIfNotFinite();
        return new PreparedImage(image);
    }

    public IDecodedBatch Decode(IPreparedImage image, PromptBatch prompts, CancellationToken cancellationToken)
    {
        ThrowIfUnsupported(prompts.Output, prompts.HasMaskInputs);
        var part = (prompts.Output == MaskOutput.Single ? _single ?? _multimask : _multimask)!;
        var batch = new ExportDecodedBatch(prompts.Count, 1 + _export.Config.MaskDecoder.MultimaskOutputs, _export.Config.MaskSize);
        part.Decode(image.Image, prompts, batch, cancellationToken);
        if (prompts.Output == MaskOutput.Single && part.MaskCount > 1)
        {
            batch.TakeBestAsSingle();
        }

        DecodedScores.ThrowIfNotFinite(batch);
        return batch;
    }

    public void Dispose()
    {
        _single?.Dispose();
        _multimask?.Dispose();
    }

    private sealed class PreparedImage(EncodedImage image) : IPreparedImage
    {
        public EncodedImage Image => image;

        public void Dispose()
        {
        }
    }
}
