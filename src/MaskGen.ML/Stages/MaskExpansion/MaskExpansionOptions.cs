using MaskGen.ML.Generation;

namespace MaskGen.ML;

/// <summary>Settings of <c>ExpandMasks</c>.</summary>
/// <remarks>Immutable and safe to share between threads; change a copy with <c>with</c>.</remarks>
public sealed record MaskExpansionOptions
{
    /// <summary>Column of the images that the masks were made from, for mean colours and cut-outs, or null for neither:
    /// <see cref="Microsoft.ML.Data.MLImage"/>, or the bytes of an image file, the very column that the masks were made from. Each image
    /// is as large as its masks, or its row fails.</summary>
    public string? ImageColumn { get; init; }

    /// <summary>Which values of image files of more than 8 bits a channel (in a column of bytes) become black and white, as for the masks;
    /// <see cref="ImageRange.Full"/> by default.</summary>
    public ImageRange Range { get; init; } = ImageRange.Full;

    /// <summary>Whether each mask's part of its image is given as <c>{name}.Image</c>, and with what around the object; null, the default,
    /// for no such column.</summary>
    public CutOutBackground? CutOut { get; init; }

    /// <summary>The colour around the object where <see cref="CutOut"/> is <see cref="CutOutBackground.Fill"/>; black by default.</summary>
    public RgbColor CutOutFill { get; init; }

    /// <summary>What becomes of a row that cannot be expanded: throw, the default, or mark it and go on. A failed row becomes one row with
    /// the reason in <c>{name}.Error</c>, without a mask, and with -1 as its index, and so does one that the stage before has marked in
    /// <c>{input}.Error</c>; a row whose image alone cannot be read keeps its masks and has the reason beside each.</summary>
    public FailedRowBehavior FailedRows { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    /// <exception cref="ArgumentException">The name of the column is empty, or cut-outs are asked for without naming it.</exception>
    /// <exception cref="ArgumentNullException"><see cref="Range"/> is null.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Range);
        FailedRowBehaviors.Check(FailedRows, nameof(FailedRows));
        if (CutOut is { } background && !Enum.IsDefined(background))
        {
            throw new ArgumentOutOfRangeException(
                nameof(CutOut),
                background,
                $"Expected {CutOutBackground.Keep}, {CutOutBackground.Fill}, {CutOutBackground.Transparent} or null.");
        }

        if (ImageColumn is not null && string.IsNullOrWhiteSpace(ImageColumn))
        {
            throw new ArgumentException("Expected the name of a column, found an empty one; say null for none.", nameof(ImageColumn));
        }

        if (CutOut is not null && ImageColumn is null)
        {
            throw new ArgumentException(
                $"Expected {nameof(ImageColumn)} to name the images that {nameof(CutOut)} is to cut, found none.", nameof(ImageColumn));
        }
    }
}
