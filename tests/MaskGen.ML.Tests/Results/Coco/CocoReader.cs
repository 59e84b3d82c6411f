using System.Text.Json;

namespace MaskGen.ML.Tests.Results;

/// <summary>A reader of COCO data sets that shares no code with the library: it decodes compressed run lengths and fills polygons by
/// itself.</summary>
internal sealed class CocoReader
{
    public CocoReader(byte[] file)
    {
        Root = JsonDocument.Parse(file).RootElement;
        Images = Root.GetProperty("images").EnumerateArray().ToDictionary(image => image.GetProperty("id").GetInt32());
        Annotations = [.. Root.GetProperty("annotations").EnumerateArray()];
    }

    public JsonElement Root { get; }

    public Dictionary<int, JsonElement> Images { get; }

    public List<JsonElement> Annotations { get; }

    /// <summary>The pixels [x, y] of an annotation.</summary>
    public bool[,] Pixels(JsonElement annotation)
    {
        var image = Images[annotation.GetProperty("image_id").GetInt32()];
        var pixels = new bool[image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32()];
        var segmentation = annotation.GetProperty("segmentation");
        if (segmentation.ValueKind == JsonValueKind.Array)
        {
            FillPolygons(segmentation, pixels);
        }
        else
        {
            var size = segmentation.GetProperty("size");
            Assert.Equal((pixels.GetLength(1), pixels.GetLength(0)), (size[0].GetInt32(), size[1].GetInt32()));
            FillRuns(segmentation.GetProperty("counts").GetString()!, pixels);
        }

        return pixels;
    }

    private static void FillRuns(string text, bool[,] pixels)
    {
        var counts = new List<int>();
        for (var at = 0; at < text.Length;)
        {
            var (value, shift, code) = (0, 0, 0);
            do
            {
                code = text[at++] - '0';
                value += (code & 31) << shift;
                shift += 5;
            }
            while ((code & 32) != 0);
            value -= (code & 16) != 0 ? 1 << shift : 0;
            counts.Add(counts.Count > 2 ? value + counts[^2] : value);
        }

        var position = 0;
        for (var run = 0; run < counts.Count; run++)
        {
            for (var end = position + counts[run]; position < end; position++)
            {
                pixels[position / pixels.GetLength(1), position % pixels.GetLength(1)] = run % 2 == 1;
            }
        }

        Assert.Equal(pixels.Length, position);
    }

    private static void FillPolygons(JsonElement polygons, bool[,] pixels)
    {
        foreach (var polygon in polygons.EnumerateArray())
        {
            var numbers = polygon.EnumerateArray().Select(number => number.GetDouble()).ToArray();
            Assert.True(numbers.Length >= 6 && numbers.Length % 2 == 0);
            for (var x = 0; x < pixels.GetLength(0); x++)
            {
                for (var y = 0; y < pixels.GetLength(1); y++)
                {
                    pixels[x, y] |= Inside(numbers, x + 0.5, y + 0.5);
                }
            }
        }
    }

    private static bool Inside(double[] numbers, double x, double y)
    {
        var inside = false;
        for (var i = 0; i < numbers.Length; i += 2)
        {
            var (x0, y0) = (numbers[i], numbers[i + 1]);
            var (x1, y1) = (numbers[(i + 2) % numbers.Length], numbers[(i + 3) % numbers.Length]);
            inside ^= (y0 > y) != (y1 > y) && x < x0 + ((x1 - x0) * (y - y0) / (y1 - y0));
        }

        return inside;
    }
}
