namespace MaskGen.ML.Tests.Results;

/// <summary>Small masks for tests, packed and unpacked pixel by pixel by the plainest code there is.</summary>
internal static class TestMask
{
    /// <summary>Reads a drawing: '#' is set, rows from the top.</summary>
    public static RunLengthEncoding Draw(params string[] rows)
    {
        var pixels = new bool[rows[0].Length, rows.Length];
        for (var y = 0; y < rows.Length; y++)
        {
            for (var x = 0; x < rows[y].Length; x++)
            {
                pixels[x, y] = rows[y][x] == '#';
            }
        }

        return Pack(pixels);
    }

    /// <summary>Packs pixels [x, y].</summary>
    public static RunLengthEncoding Pack(bool[,] pixels)
    {
        var counts = new List<int>();
        var (value, length) = (false, 0);
        for (var x = 0; x < pixels.GetLength(0); x++)
        {
            for (var y = 0; y < pixels.GetLength(1); y++)
            {
                if (pixels[x, y] != value)
                {
                    counts.Add(length);
                    (value, length) = (!value, 0);
                }

                length++;
            }
        }

        counts.Add(length);
        return new RunLengthEncoding(new ImageSize(pixels.GetLength(0), pixels.GetLength(1)), counts.ToArray());
    }

    /// <summary>Unpacks to pixels [x, y].</summary>
    public static bool[,] Unpack(RunLengthEncoding mask)
    {
        var pixels = new bool[mask.Size.Width, mask.Size.Height];
        var (position, value) = (0, false);
        foreach (var count in mask.Counts)
        {
            for (var i = 0; i < count; i++, position++)
            {
                pixels[position / mask.Size.Height, position % mask.Size.Height] = value;
            }

            value = !value;
        }

        Assert.Equal(mask.Size.PixelCount, position);
        return pixels;
    }

    /// <summary>A random mask: noise, discs with holes, stripes, single pixels, all of the image or none of it.</summary>
    public static RunLengthEncoding Random(Random random, int width, int height)
    {
        var pixels = new bool[width, height];
        switch (random.Next(6))
        {
            case 0:
                var density = random.NextDouble();
                Fill(pixels, (_, _) => random.NextDouble() < density);
                break;
            case 1:
                for (var disc = 0; disc < 6; disc++)
                {
                    var (x0, y0, radius, value) =
                        (random.Next(width), random.Next(height), random.Next(1, Math.Max(2, width / 2)), random.Next(3) > 0);
                    Fill(pixels, (x, y) => ((x - x0) * (x - x0)) + ((y - y0) * (y - y0)) <= radius * radius ? value : pixels[x, y]);
                }

                break;
            case 2:
                Fill(pixels, (x, y) => (x + y) % 2 == 0);
                break;
            case 3:
                pixels[random.Next(width), random.Next(height)] = true;
                pixels[0, 0] = true;
                pixels[width - 1, height - 1] = true;
                break;
            case 4:
                var full = random.Next(2) == 0;
                Fill(pixels, (_, _) => full);
                break;
            default:
                var (ring, inner) = (random.Next(1, 4), random.Next(1, 4));
                Fill(pixels, (x, y) => Math.Min(Math.Min(x, y), Math.Min(width - 1 - x, height - 1 - y)) / ring % (inner + 1) == 0);
                break;
        }

        return Pack(pixels);
    }

    /// <summary>A record around a mask, with the box as SAM 2 writes it.</summary>
    public static MaskRecord Record(RunLengthEncoding mask, float predictedIou = 0.9f, float stability = 0.95f)
    {
        var pixels = Unpack(mask);
        var set = Positions(pixels).ToList();
        var box = set.Count == 0
            ? default
            : new BoxXyxy(set.Min(p => p.X), set.Min(p => p.Y), set.Max(p => p.X), set.Max(p => p.Y)).ToXywh();
        return new MaskRecord
        {
            Segmentation = mask,
            BoundingBox = box,
            PredictedIou = predictedIou,
            StabilityScore = stability,
            Points = set.Count == 0 ? [] : [new PointPrompt(set[set.Count / 2].X + 0.5f, set[set.Count / 2].Y + 0.5f)],
            CropBox = new BoxXywh(0, 0, mask.Size.Width, mask.Size.Height),
        };
    }

    /// <summary>The masks as one image's set.</summary>
    public static MaskSet Set(params RunLengthEncoding[] masks) => new(masks[0].Size, masks.Select(mask => Record(mask)).ToArray());

    /// <summary>The coordinates of the set pixels.</summary>
    public static IEnumerable<(int X, int Y)> Positions(bool[,] pixels) =>
        from x in Enumerable.Range(0, pixels.GetLength(0))
        from y in Enumerable.Range(0, pixels.GetLength(1))
        where pixels[x, y]
        select (x, y);

    private static void Fill(bool[,] pixels, Func<int, int, bool> value)
    {
        for (var x = 0; x < pixels.GetLength(0); x++)
        {
            for (var y = 0; y < pixels.GetLength(1); y++)
            {
                pixels[x, y] = value(x, y);
            }
        }
    }
}
