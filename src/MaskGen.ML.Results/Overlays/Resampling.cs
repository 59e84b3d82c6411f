using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Images and masks at another size: the means of pixels, and the mask at the middle of each new pixel.</summary>
internal static class Resampling
{
    /// <summary>The size of an image whose longer side has a given length, each side at least 1.</summary>
    public static ImageSize WithLongestSide(ImageSize size, int longestSide)
    {
        var longest = Math.Max(size.Width, size.Height);
        return new ImageSize(Side(size.Width), Side(size.Height));

        int Side(int side) => Math.Max(1, (int)Math.Round(side * (double)longestSide / longest));
    }

    /// <summary>An image at another size; the same object where the size is the same.</summary>
    public static RgbImage Of(RgbImage image, ImageSize size)
    {
        if (size == image.Size)
        {
            return image;
        }

        var source = image.Pixels;
        var from = image.Size;
        var pixels = new byte[3 * size.PixelCount];
        for (var y = 0; y < size.Height; y++)
        {
            var (top, bottom) = Part(y, size.Height, from.Height);
            for (var x = 0; x < size.Width; x++)
            {
                var (left, right) = Part(x, size.Width, from.Width);
                long red = 0, green = 0, blue = 0;
                for (var row = top; row < bottom; row++)
                {
                    var line = source.Slice(3 * ((row * from.Width) + left), 3 * (right - left));
                    for (var i = 0; i < line.Length; i += 3)
                    {
                        red += line[i];
                        green += line[i + 1];
                        blue += line[i + 2];
                    }
                }

                var count = (long)(right - left) * (bottom - top);
                var at = 3 * ((y * size.Width) + x);
                pixels[at] = (byte)((red + (count / 2)) / count);
                pixels[at + 1] = (byte)((green + (count / 2)) / count);
                pixels[at + 2] = (byte)((blue + (count / 2)) / count);
            }
        }

        return new RgbImage(size, pixels);
    }

    /// <summary>Masks at another size, their prompts with them; the same object where the size is the same.</summary>
    public static MaskSet Of(MaskSet masks, ImageSize size)
    {
        if (size == masks.ImageSize)
        {
            return masks;
        }

        var (scaleX, scaleY) = (size.Width / (float)masks.ImageSize.Width, size.Height / (float)masks.ImageSize.Height);
        return new MaskSet(size, [.. masks.Select(mask => mask with
        {
            Segmentation = Of(mask.Segmentation, size),
            Points = [.. mask.Points.Select(point => new PointPrompt(point.X * scaleX, point.Y * scaleY, point.Label))],
            Box = mask.Box is { } box ? new BoxXyxy(box.X0 * scaleX, box.Y0 * scaleY, box.X1 * scaleX, box.Y1 * scaleY) : null,
        })]);
    }

    /// <summary>The set pixels of a mask at another size, column by column from the left and down each column.</summary>
    public static IEnumerable<ColumnSegment> Segments(RunLengthEncoding mask, ImageSize size)
    {
        var from = mask.Size;
        if (from == size)
        {
            foreach (var segment in mask.Segments())
            {
                yield return segment;
            }

            yield break;
        }

        var (column, same) = (0, new List<ColumnSegment>());
        foreach (var segment in mask.Segments().Append(new ColumnSegment(int.MaxValue, 0, 0)))
        {
            if (same.Count > 0 && segment.Column != same[0].Column)
            {
                // Every new column whose middle lies in the old one; when it is shrunk there may be none.
                while (column < size.Width && Middle(column, size.Width, from.Width) < same[0].Column)
                {
                    column++;
                }

                for (; column < size.Width && Middle(column, size.Width, from.Width) == same[0].Column; column++)
                {
                    foreach (var old in same)
                    {
                        var (start, end) = (First(old.Start, size.Height, from.Height), First(old.End, size.Height, from.Height));
                        if (end > start)
                        {
                            yield return new ColumnSegment(column, start, end);
                        }
                    }
                }

                same.Clear();
            }

            same.Add(segment);
        }
    }

    private static RunLengthEncoding Of(RunLengthEncoding mask, ImageSize size)
    {
        var runs = new SetRunBuilder(size);
        foreach (var segment in Segments(mask, size))
        {
            var top = (long)segment.Column * size.Height;
            runs.Add(top + segment.Start, top + segment.End);
        }

        return runs.ToMask();
    }

    // The old pixels that a new one is the mean of: at least one.
    private static (int Start, int End) Part(int place, int length, int oldLength)
    {
        var start = (int)((long)place * oldLength / length);
        return (start, Math.Max(start + 1, (int)((long)(place + 1) * oldLength / length)));
    }

    // The old pixel that the middle of a new one lies in.
    private static int Middle(int place, int length, int oldLength) => (int)(((2L * place) + 1) * oldLength / (2L * length));

    // The first new pixel whose middle lies in an old one or after it.
    private static int First(int oldPlace, int length, int oldLength)
    {
        var (numerator, denominator) = ((2L * oldPlace * length) - oldLength, 2L * oldLength);
        return numerator <= 0 ? 0 : (int)((numerator + denominator - 1) / denominator);
    }
}
