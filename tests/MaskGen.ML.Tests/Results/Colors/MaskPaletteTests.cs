using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>Looks at the colours of masks with normal sight and with each kind of dichromacy.</summary>
/// <remarks>Sources: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (IEEE TVCG
/// 15(6), 2009), the matrices of severity 1.0, applied to linear RGB; OKLab by Ottosson (2020), in which lightness is 0 to 1 and a
/// distance of about 0.02 is just noticed in fields that touch.</remarks>
public class MaskPaletteTests
{
    // Of the first twelve colours any two: over four times what is just noticed.
    private const double FirstTwelve = 0.09;

    // Of a colour and the three that follow it, anywhere.
    private const double Neighbours = 0.045;

    // With normal sight the first twelve have hues of their own besides.
    private const double FirstTwelveWithNormalSight = 0.15;

    private static readonly double[][,] Sights =
    [
        new double[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
        new[,] { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
        new[,] { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
        new[,] { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
    ];

    public static TheoryData<string, int> Kinds =>
        new() { { "normal", 0 }, { "protanopia", 1 }, { "deuteranopia", 2 }, { "tritanopia", 3 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void FirstTwelve_OfAnySight_AreApart(string kind, int sight)
    {
        var least = (from second in Enumerable.Range(0, 12)
                     from first in Enumerable.Range(0, second)
                     select Distance(first, second, sight)).Min();

        Assert.True(least >= (sight == 0 ? FirstTwelveWithNormalSight : FirstTwelve), $"{kind}: {least:0.000}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Neighbours_OfAnySight_AreApart(string kind, int sight)
    {
        for (var index = 0; index < 2 * MaskPalette.Count; index++)
        {
            for (var next = index + 1; next <= index + 3; next++)
            {
                var distance = Distance(index, next, sight);
                Assert.True(distance >= Neighbours, $"{kind}: {index} and {next} are {distance:0.000} apart");
            }
        }
    }

    [Fact]
    public void Colors_OfAnIndexedLabelMap_AreAllDifferentAndNoneIsBlack()
    {
        var colors = Enumerable.Range(0, 255).Select(MaskPalette.Color).ToList();

        Assert.Equal(255, colors.Distinct().Count());
        Assert.DoesNotContain(default, colors);
        Assert.Equal(MaskPalette.Color(0), MaskPalette.Color(MaskPalette.Count));
    }

    // Three red-green pairs that people confuse, to see that the simulation does confuse them.
    [Fact]
    public void Distance_OfConfusedColours_IsSmallForDeuteranopiaAlone()
    {
        var (red, green) = (((byte)0xC8, (byte)0x60, (byte)0x30), ((byte)0x80, (byte)0x80, (byte)0x28));

        Assert.True(Distance(Seen(red, 2), Seen(green, 2)) < 0.5 * Distance(Seen(red, 0), Seen(green, 0)));
        Assert.True(Distance(Seen(red, 3), Seen(green, 3)) > 0.5 * Distance(Seen(red, 0), Seen(green, 0)));
    }

    private static double Distance(int first, int second, int sight) =>
        Distance(Seen(MaskPalette.Color(first), sight), Seen(MaskPalette.Color(second), sight));

    private static double Distance((double L, double A, double B) first, (double L, double A, double B) second) =>
        Math.Sqrt(Math.Pow(first.L - second.L, 2) + Math.Pow(first.A - second.A, 2) + Math.Pow(first.B - second.B, 2));

    private static (double L, double A, double B) Seen((byte Red, byte Green, byte Blue) color, int sight)
    {
        double[] linear = [Linear(color.Red), Linear(color.Green), Linear(color.Blue)];
        var seen = Enumerable.Range(0, 3)
            .Select(row => Math.Clamp(Enumerable.Range(0, 3).Sum(column => Sights[sight][row, column] * linear[column]), 0, 1)).ToArray();
        return OkLab(seen[0], seen[1], seen[2]);
    }

    // sRGB, IEC 61966-2-1.
    private static double Linear(byte channel) =>
        channel <= 0.04045 * 255 ? channel / 255.0 / 12.92 : Math.Pow(((channel / 255.0) + 0.055) / 1.055, 2.4);

    private static (double L, double A, double B) OkLab(double red, double green, double blue)
    {
        var l = Math.Cbrt((0.4122214708 * red) + (0.5363325363 * green) + (0.0514459929 * blue));
        var m = Math.Cbrt((0.2119034982 * red) + (0.6806995451 * green) + (0.1073969566 * blue));
        var s = Math.Cbrt((0.0883024619 * red) + (0.2817188376 * green) + (0.6299787005 * blue));
        return (
            (0.2104542553 * l) + (0.7936177850 * m) - (0.0040720468 * s),
            (1.9779984951 * l) - (2.4285922050 * m) + (0.4505937099 * s),
            (0.0259040371 * l) + (0.7827717662 * m) - (0.8086757660 * s));
    }
}
