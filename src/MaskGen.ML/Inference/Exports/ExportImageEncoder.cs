using System.Globalization;
using MaskGen.ML.Models;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Runs the image encoder of an export.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ExportImageEncoder : IDisposable
{
    private readonly OnnxExport _export;
    private readonly ExportSession _session;
    private readonly int _images;

    /// <param name="export">An export with its encoder; of its files nothing is kept.</param>
    /// <param name="options">Device and threads.</param>
    /// <param name="owner">What a user knows it as.</param>
    /// <exception cref="CheckpointFormatException">It is a saved stage's and has no encoder; or ONNX Runtime cannot load the
    /// file.</exception>
    /// <exception cref="InvalidOperationException">Memory does not suffice, or a GPU was asked for that cannot be used.</exception>
    public ExportImageEncoder(OnnxExport export, Sam2SessionOptions options, object owner)
    {
        var encoder = export.Encoder ?? throw new CheckpointFormatException(
            export.Source, "expected an image encoder, found a model of its mask decoder alone, as the stage that was saved needs it.");
        _export = export.WithoutFiles();
        _images = encoder.Header.Input(export.Family.Image)!.Side(0) ?? 1;
        _session = new ExportSession(encoder, options, owner);
    }

    public Sam2Device Device => _session.Device;

    /// <summary>Encodes an image.</summary>
    public EncodedImage Encode(RgbImage image, string? fingerprint, CancellationToken cancellationToken)
    {
        var pixels = new ExportFrame(_export, image.Size).Preprocess(image, _export.Options.Pixels, cancellationToken);
        return Run(pixels, image.Size, fingerprint, cancellationToken);
    }

    /// <summary>Encodes pixels that are resized and normalised as SAM 2 wants them.</summary>
    /// <exception cref="NotSupportedException">The export wants others.</exception>
    public EncodedImage Encode(
        ReadOnlyMemory<float> pixels, ImageSize image, string? fingerprint, CancellationToken cancellationToken) =>
        _export.HasUsualPixels
            ? Run(pixels.ToArray(), image, fingerprint, cancellationToken)
            : throw new NotSupportedException(
                $"Expected an image, found pixels that are preprocessed for SAM 2: {_export.Name} takes others "
                + $"({_export.Options.Pixels}, {(_export.Options.KeepAspectRatio ? "aspect ratio kept" : "squashed")}, "
                + string.Create(CultureInfo.InvariantCulture, $"{_export.Sizes.PixelSide} a side). ")
                + "Encode the image column itself.");

    public void Dispose() => _session.Dispose();

    private EncodedImage Run(float[] pixels, ImageSize image, string? fingerprint, CancellationToken cancellationToken)
    {
        var (family, config, side) = (_export.Family, _export.Config, _export.Sizes.PixelSide);
        if (_images > 1)
        {
            // A file that was made for several images at once gets black ones beside it.
            Array.Resize(ref pixels, pixels.Length * _images);
        }

        var (d, e) = (config.HiddenSize, config.EmbeddingSize);
        return _session.Run(
            [(family.Image, ExportSession.Tensor<float>(pixels, _images, 3, side, side))],
            [family.Embedding, family.Features0, family.Features1],
            outputs => new EncodedImage(
                image,
                config.ImageSize,
                Read(outputs[0], family.Embedding, d, e),
                Read(outputs[1], family.Features0, d / 8, 4 * e),
                Read(outputs[2], family.Features1, d / 4, 2 * e),
                fingerprint),
            cancellationToken);
    }

    private float[] Read(OrtValue value, string name, int channels, int side)
    {
        var shape = value.GetTensorTypeAndShape().Shape;
        if (!shape.AsSpan().SequenceEqual([_images, channels, side, side]))
        {
            throw new CheckpointFormatException(
                _export.Name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: expected [{_images}, {channels}, {side}, {side}], found [{string.Join(", ", shape)}]."));
        }

        return value.GetTensorDataAsSpan<float>()[..(channels * side * side)].ToArray();
    }
}
