namespace MaskGen.ML.Imaging;

/// <summary>What the samples of a pixel stand for.</summary>
internal enum SampleMeaning
{
    /// <summary>Brightness.</summary>
    Grey,

    /// <summary>Darkness: 0 is white.</summary>
    InvertedGrey,

    /// <summary>Red, green and blue.</summary>
    Rgb,

    /// <summary>Numbers of colours.</summary>
    Palette,

    /// <summary>Amounts of cyan, magenta, yellow and black ink.</summary>
    Cmyk,
}

/// <summary>How a sample is stored.</summary>
internal enum SampleKind
{
    Unsigned,
    Signed,
    Float,
}

/// <summary>How the pixels of a row are stored: pixel after pixel, each sample after the other, packed from the highest bit on, each row
/// beginning at a byte.</summary>
internal sealed record SampleLayout
{
    /// <summary>Pixels of a row.</summary>
    public required int Width { get; init; }

    /// <summary>Bits of a sample: 1 to 16, 32 or 64.</summary>
    public required int Bits { get; init; }

    public SampleKind Kind { get; init; }

    /// <summary>Samples of a pixel, of which the first ones are colours.</summary>
    public required int Samples { get; init; }

    public required SampleMeaning Meaning { get; init; }

    /// <summary>Whether samples of several bytes begin with the highest.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>Red, green and blue of each colour; for <see cref="SampleMeaning.Palette"/> alone.</summary>
    public byte[] Palette { get; init; } = [];

    /// <summary>Index of the sample by which colours have been multiplied; null where they have not.</summary>
    public int? PremultipliedBy { get; init; }

    /// <summary>A value that stands for no data; null for none.</summary>
    public double? NoData { get; init; }

    /// <summary>Samples that are colours.</summary>
    public int Colors => Meaning switch
    {
        SampleMeaning.Rgb => 3,
        SampleMeaning.Cmyk => 4,
        _ => 1,
    };

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => checked((int)((((long)Width * Samples * Bits) + 7) / 8));

    /// <summary>Whether a range applies to the samples: they have more values than a channel of the image.</summary>
    public bool HasRange => Bits > 8 && Meaning != SampleMeaning.Palette;
}
