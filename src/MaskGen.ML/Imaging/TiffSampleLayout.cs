using System.Globalization;

namespace MaskGen.ML.Imaging;

/// <summary>Tells from the directory of a TIFF image how its samples are stored and what they mean.</summary>
/// <remarks>Source: TIFF 6.0, sections 3 to 8, 18 and 19.</remarks>
internal static class TiffSampleLayout
{
    private const ushort BitsPerSample = 258;
    private const ushort ColorMap = 320;
    private const ushort ExtraSamples = 338;
    private const ushort SampleFormat = 339;
    private const ushort GdalNoData = 42113;

    // The length of the longest text that is read of the value for no data.
    private const int MostText = 64;

    /// <summary>Of colours that LibTiff computes.</summary>
    public static SampleLayout Computed(int width) =>
        new() { Width = width, Bits = 8, Samples = 4, Meaning = SampleMeaning.Rgb };

    /// <summary>Of the samples that are used.</summary>
    /// <param name="tags">The directory of the image.</param>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="bands">Samples that each pixel has in the file.</param>
    /// <param name="photometric">The value of the tag PhotometricInterpretation.</param>
    /// <param name="isSeparate">Whether each sample has a plane of its own.</param>
    /// <param name="source">The name of the file, for messages.</param>
    /// <exception cref="InvalidDataException">The samples are of a form that is not read.</exception>
    public static SampleLayout Of(TiffTags tags, int width, int bands, int photometric, bool isSeparate, string source)
    {
        var bits = tags.Wholes(BitsPerSample, bands) is { Length: > 0 } all ? all : [1L];
        var kind = (tags.Whole(SampleFormat) ?? 1) switch
        {
            2 => SampleKind.Signed,
            3 => SampleKind.Float,
            5 or 6 => throw TiffErrors.Unread(source, "a TIFF image of complex numbers; take their magnitudes first"),
            _ => SampleKind.Unsigned,
        };
        if (bits.Distinct().Count() > 1)
        {
            throw TiffErrors.Unread(source, $"a TIFF image with samples of {string.Join(", ", bits)} bits; save it with equal ones first");
        }

        var depth = bits[0];
        var isKnown = kind == SampleKind.Float ? depth is 16 or 32 or 64 : depth is (>= 1 and <= 16) or 32 or 64;
        if (!isKnown || (kind == SampleKind.Signed && depth is not (16 or 32 or 64)))
        {
            throw TiffErrors.Unread(
                source, $"a TIFF image of {depth} {(kind == SampleKind.Unsigned ? string.Empty : kind + " ")}bits a sample");
        }

        var extra = tags.Wholes(ExtraSamples, bands);
        var meaning = photometric switch
        {
            0 => SampleMeaning.InvertedGrey,
            2 or 6 when bands >= 3 => SampleMeaning.Rgb,
            3 => SampleMeaning.Palette,
            5 when bands >= 4 => SampleMeaning.Cmyk,

            // Programs that know bands and no colours call the first of several grey; three of them are shown as colours.
            1 when bands - extra.Count(one => one is 1 or 2) >= 3 => SampleMeaning.Rgb,
            _ => SampleMeaning.Grey,
        };
        if (meaning == SampleMeaning.InvertedGrey && bands >= 3 + extra.Count(one => one is 1 or 2))
        {
            meaning = SampleMeaning.Rgb;
        }

        if (meaning is SampleMeaning.Palette && depth > 8)
        {
            throw TiffErrors.Unread(source, $"a TIFF image with a palette of {depth} bits; save it with colours of 8 bits first");
        }

        // Associated alpha is 1; it is the first of the further samples.
        var colors = meaning switch
        {
            SampleMeaning.Rgb => 3,
            SampleMeaning.Cmyk => 4,
            _ => 1,
        };
        var isPremultiplied = extra.Length > 0 && extra[0] == 1 && bands - extra.Length == colors && meaning != SampleMeaning.Palette;
        var used = isSeparate ? colors + (isPremultiplied ? 1 : 0) : bands;
        if (isSeparate && depth % 8 != 0 && used > 1)
        {
            throw TiffErrors.Unread(
                source, $"a TIFF image of {depth} bits a sample in separate planes; save it with a plane for all first");
        }

        return new SampleLayout
        {
            Width = width,
            Bits = (int)depth,
            Kind = kind,
            Samples = used,
            Meaning = meaning,
            IsBigEndian = !BitConverter.IsLittleEndian,
            Palette = meaning == SampleMeaning.Palette ? PaletteOf(tags, (int)depth) : [],
            PremultipliedBy = isPremultiplied ? colors : null,
            NoData = tags.Text(GdalNoData, MostText) is { } text
                && double.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null,
        };
    }

    // All reds, all greens, all blues, of 16 bits each; some programs write 8 bits.
    private static byte[] PaletteOf(TiffTags tags, int depth)
    {
        var count = 1 << depth;
        var all = tags.Wholes(ColorMap, 3 * count);
        if (all.Length < 3 * count)
        {
            return [];
        }

        var shift = Array.TrueForAll(all, value => value <= byte.MaxValue) ? 0 : 8;
        var palette = new byte[3 * count];
        for (var i = 0; i < count; i++)
        {
            for (var color = 0; color < 3; color++)
            {
                palette[(3 * i) + color] = (byte)(all[(color * count) + i] >> shift);
            }
        }

        return palette;
    }
}
