using System.Globalization;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Models;

/// <summary>Sizes of an export, as its files say them: nothing is taken for granted.</summary>
/// <param name="PixelSide">Side of the square of pixels that the encoder takes.</param>
/// <param name="EmbeddingSide">Side e of the image embedding, in tokens; masks have 4e.</param>
/// <param name="Channels">Channels d of the image embedding.</param>
internal sealed record OnnxExportSizes(int PixelSide, int EmbeddingSide, int Channels)
{
    /// <summary>The most that a side, in pixels, tokens or channels, may be: no SAM 2 comes near, and no product of sides
    /// overflows.</summary>
    private const int LargestSide = 16_384;

    /// <summary>Reads them from inputs and outputs of both files: either may leave open what the other says.</summary>
    /// <exception cref="CheckpointFormatException">Files contradict each other, leave a size open, or have one that no SAM 2
    /// has.</exception>
    public static OnnxExportSizes Read(OnnxExportFamily family, OnnxFile encoder, IReadOnlyList<OnnxFile> decoders)
    {
        var image = encoder.Header.Input(family.Image)!;
        if (image.Shape.Count != 4 || image.Side(1) is { } channels and not 3)
        {
            throw new CheckpointFormatException(encoder.Source, $"expected pixels of [1, 3, S, S], found {image}.");
        }

        ThrowIfTooLarge(encoder, image);
        if (image.Side(2) is { } height && image.Side(3) is { } width && height != width)
        {
            throw new CheckpointFormatException(encoder.Source, $"expected pixels of a square, found {image}.");
        }

        var (embedding, features0, features1) = (Shape(family.Embedding), Shape(family.Features0), Shape(family.Features1));
        var pixels = image.Side(2) ?? image.Side(3);
        var side = embedding[2] ?? embedding[3] ?? features0[2] / 4 ?? features1[2] / 2 ?? pixels / 16 ?? throw Open("the image");
        var d = embedding[1] ?? features0[1] * 8 ?? features1[1] * 4 ?? throw Open("the channels of the image embedding");
        var sizes = new OnnxExportSizes(pixels ?? 16 * side, side, d);
        Expect(family.Embedding, embedding, d, side);
        Expect(family.Features0, features0, d / 8, 4 * side);
        Expect(family.Features1, features1, d / 4, 2 * side);
        if (d % 8 != 0 || side % 2 != 0)
        {
            throw new CheckpointFormatException(
                encoder.Source,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"expected an image embedding whose channels are a multiple of 8 and whose side is even, found [1, {d}, {side}, ")
                + string.Create(CultureInfo.InvariantCulture, $"{side}]."));
        }

        sizes.Validate(encoder.Source);
        return sizes;

        // Where both say something it must be the same.
        int?[] Shape(string name)
        {
            var shape = new int?[4];
            foreach (var (file, value) in decoders.Select(file => (file, file.Header.Input(name)!))
                .Prepend((encoder, encoder.Header.Output(name)!)))
            {
                if (value.Shape.Count is not (0 or 4))
                {
                    throw new CheckpointFormatException(file.Source, $"expected four sides, found {value}.");
                }

                ThrowIfTooLarge(file, value);
                for (var i = 1; i < 4; i++)
                {
                    if (value.Side(i) is { } found && shape[i] is { } known && found != known)
                    {
                        throw new CheckpointFormatException(
                            file.Source,
                            string.Create(
                                CultureInfo.InvariantCulture, $"expected {known} on axis {i}, as its encoder has, found {value}: ")
                            + "encoder and decoder are not of one model.");
                    }

                    shape[i] ??= value.Side(i);
                }
            }

            return shape;
        }

        void Expect(string name, int?[] found, int channelCount, int length)
        {
            if ((found[1] ?? channelCount) != channelCount || (found[2] ?? length) != length || (found[3] ?? length) != length)
            {
                throw new CheckpointFormatException(
                    encoder.Source,
                    string.Create(CultureInfo.InvariantCulture, $"{name}: expected [1, {channelCount}, {length}, {length}], found [1, ")
                    + string.Join(", ", found.Skip(1).Select(n => n?.ToString(CultureInfo.InvariantCulture) ?? "?"))
                    + "]: this is not the shape of a SAM 2.");
            }
        }

        CheckpointFormatException Open(string what) => new(
            encoder.Source, $"expected a file that says the size of {what}, found {encoder.Header}.");
    }

    /// <summary>Checks every size, of files or of a saved stage.</summary>
    /// <param name="source">What says them, for messages.</param>
    /// <exception cref="CheckpointFormatException">One is beyond what any SAM 2 has.</exception>
    public void Validate(string source)
    {
        // The masks' frame has sixteen pixels for each side of a token, whatever the encoder takes.
        var pixels = Math.Max(PixelSide, 16L * EmbeddingSide);
        if (PixelSide < 1 || EmbeddingSide < 1 || pixels > LargestSide)
        {
            throw new CheckpointFormatException(
                source,
                string.Create(CultureInfo.InvariantCulture, $"expected an image of 1 to {LargestSide} pixels a side, found {pixels}."));
        }

        if (Channels is < 1 or > LargestSide)
        {
            throw new CheckpointFormatException(
                source,
                string.Create(
                    CultureInfo.InvariantCulture, $"expected an image embedding of 1 to {LargestSide} channels, found {Channels}."));
        }
    }

    private static void ThrowIfTooLarge(OnnxFile file, OnnxValue value)
    {
        if (value.Shape.Any(side => side > LargestSide))
        {
            throw new CheckpointFormatException(
                file.Source, string.Create(CultureInfo.InvariantCulture, $"expected sides of at most {LargestSide}, found {value}."));
        }
    }
}
