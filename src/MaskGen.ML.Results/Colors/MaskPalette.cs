namespace MaskGen.ML.Results;

/// <summary>Colours for masks: stable by number, and apart for colour-blind eyes too.</summary>
/// <remarks>The table was found by search: each of the first twelve colours is as far as possible from the others in OKLab, seen with
/// normal sight and with each of the three kinds of dichromacy, which leaves lightness to tell apart what hue cannot. MaskPaletteTests
/// holds the distances.</remarks>
internal static class MaskPalette
{
    private static ReadOnlySpan<int> Table =>
    [
        0x2CA1F6, 0xE1EE38, 0xB10D43, 0x013BFB, 0x7EF8FC, 0x8921B7, 0xFF5ABB, 0x279574,
        0xBA6A13, 0xEBA503, 0x17E087, 0xD8B4FF, 0xDD14D6, 0xFB415C, 0x9D2288, 0x9CFD9B,
        0x8EE223, 0x9563FE, 0xF48A6E, 0x1075B9, 0x8F5C03, 0xFFA8CB, 0xC7299C, 0xBA9517,
    ];

    // Each round through the table is lighter (percent of white) or darker (percent of black) than the one before, by little, so that the
    // end of a round stays apart from the beginning of the next.
    private static ReadOnlySpan<sbyte> Rounds => [0, 8, 16, 24, 20, 12, 4, -6, -18, -30, -24, -12];

    /// <summary>Number of colours before the first comes again; no two of them are the same.</summary>
    public static int Count => Table.Length * Rounds.Length;

    /// <summary>Red, green and blue of a mask.</summary>
    /// <param name="index">Number of the mask, from 0.</param>
    public static (byte Red, byte Green, byte Blue) Color(int index)
    {
        var color = Table[index % Table.Length];
        var shift = Rounds[index / Table.Length % Rounds.Length];
        return (Channel(color >> 16), Channel(color >> 8 & 0xFF), Channel(color & 0xFF));

        byte Channel(int value)
        {
            var target = shift > 0 ? byte.MaxValue : 0;
            var percent = Math.Abs(shift);
            return (byte)(((value * (100 - percent)) + (target * percent) + 50) / 100);
        }
    }
}
