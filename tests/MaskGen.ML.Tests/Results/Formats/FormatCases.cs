namespace MaskGen.ML.Tests.Results;

/// <summary>Masks that formats are tried with, and names of images that are easily mangled.</summary>
internal static class FormatCases
{
    private const int Width = 23;
    private const int Height = 17;

    /// <summary>Names of the cases, for theories.</summary>
    public static TheoryData<string> Names => ["full", "empty", "pixel", "ring", "diagonal", "border", "many"];

    /// <summary>Names of images, for theories.</summary>
    public static TheoryData<string> ImageNames => ["a b.png", "it's \"quoted\" & <odd> -- 100%.png", "写真 ü.png"];

    /// <summary>The masks of a case.</summary>
    public static MaskSet Masks(string name) => name switch
    {
        "full" => One((_, _) => true),
        "empty" => One((_, _) => false),
        "pixel" => One((x, y) => x == 7 && y == 11),
        "ring" => One((x, y) => Distance(x, y) is < 8 and >= 4),
        "diagonal" => One((x, y) => x == y || (x == y + 2 && x > 6)),
        "border" => One((x, y) => x < 3 || y > 13 || (x > 20 && y < 2)),
        _ => TestMask.Set([.. Enumerable.Range(0, 150).Select(seed => TestMask.Random(new Random(seed), Width, Height))]),
    };

    /// <summary>A ring of a few hundred pixels, whose outline has stairs.</summary>
    public static MaskSet LargeRing() => TestMask.Set(Draw(200, 150, (x, y) =>
        Math.Sqrt(((x - 90) * (x - 90)) + ((y - 70) * (y - 70))) is < 60 and >= 25));

    /// <summary>A mask by its pixels.</summary>
    public static RunLengthEncoding Draw(int width, int height, Func<int, int, bool> isSet)
    {
        var pixels = new bool[width, height];
        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++)
            {
                pixels[x, y] = isSet(x, y);
            }
        }

        return TestMask.Pack(pixels);
    }

    /// <summary>Fills outlines by the plainest code there is: a pixel is set when a ray from its centre crosses them an odd number of
    /// times.</summary>
    public static bool[,] Fill(IEnumerable<IReadOnlyList<(double X, double Y)>> rings, ImageSize size)
    {
        var pixels = new bool[size.Width, size.Height];
        var all = rings.ToList();
        for (var x = 0; x < size.Width; x++)
        {
            for (var y = 0; y < size.Height; y++)
            {
                var (px, py) = (x + 0.5, y + 0.5);
                foreach (var ring in all)
                {
                    for (var i = 0; i < ring.Count; i++)
                    {
                        // In one direction, so that a bridge there and back is crossed at one and the same place.
                        var (first, second) = (ring[i], ring[(i + 1) % ring.Count]);
                        var (from, to) = first.Y < second.Y ? (first, second) : (second, first);
                        if (from.Y > py != to.Y > py && px < from.X + ((to.X - from.X) * (py - from.Y) / (to.Y - from.Y)))
                        {
                            pixels[x, y] ^= true;
                        }
                    }
                }
            }
        }

        return pixels;
    }

    /// <summary>IoU of two masks pixel by pixel; 1 where both are empty.</summary>
    public static double Iou(bool[,] first, bool[,] second)
    {
        var (both, any) = (0, 0);
        for (var x = 0; x < first.GetLength(0); x++)
        {
            for (var y = 0; y < first.GetLength(1); y++)
            {
                both += first[x, y] && second[x, y] ? 1 : 0;
                any += first[x, y] || second[x, y] ? 1 : 0;
            }
        }

        return any == 0 ? 1 : both / (double)any;
    }

    private static MaskSet One(Func<int, int, bool> isSet) => TestMask.Set(Draw(Width, Height, isSet));

    private static double Distance(int x, int y) => Math.Sqrt(((x - 11) * (x - 11)) + ((y - 8) * (y - 8)));
}
