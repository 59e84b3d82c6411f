using System.Text.Json;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class LabelStudioTaskTests
{
    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_HaveTheSamePixels(string name)
    {
        var masks = FormatCases.Masks(name);
        foreach (var form in new[] { ShapeForm.Polygons, ShapeForm.Masks })
        {
            using var run = new FormatRun("labelstudio", new ResultFormatOptions { Shapes = form, PolygonTolerance = 0 });
            run.Write("a.png", masks);

            var read = Read(run["a.labelstudio.json"], masks.ImageSize);
            var written = masks.Select((mask, index) => (mask, index)).Where(one => one.mask.Area > 0).ToList();
            Assert.Equal(written.Select(one => one.index + 1), read.Keys.Order());
            Assert.All(written, one => Assert.Equal(TestMask.Unpack(one.mask.Segmentation), read[one.index + 1]));
        }
    }

    [Fact]
    public void Write_Image_HasTheAddressThatWasAskedFor()
    {
        using var plain = new FormatRun("labelstudio");
        using var served = new FormatRun("labelstudio", new ResultFormatOptions { ImageAddress = "/data/local-files/?d=photos/" });
        plain.Write("a b.png", FormatCases.Masks("pixel"));
        served.Write("a b.png", FormatCases.Masks("pixel"));

        Assert.Equal("a b.png", Address(plain));
        Assert.Equal("/data/local-files/?d=photos/a%20b.png", Address(served));

        static string? Address(FormatRun run)
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(run["a b.labelstudio.json"]));
            return json.RootElement.GetProperty("data").GetProperty("image").GetString();
        }
    }

    [Fact]
    public void Write_Regions_HaveTheMembersOfTheDocumentedOnes()
    {
        // By Label Studio's pages of the tags PolygonLabels and BrushLabels, and of importing predictions.
        foreach (var (form, tag, members) in new[]
        {
            (ShapeForm.Polygons, "polygon", "points,closed,polygonlabels"), (ShapeForm.Masks, "brush", "format,rle,brushlabels"),
        })
        {
            using var run = new FormatRun("labelstudio", new ResultFormatOptions { Shapes = form });
            run.Write("a.png", FormatCases.Masks("border"));
            using var json = JsonDocument.Parse(File.ReadAllBytes(run["a.labelstudio.json"]));

            var region = json.RootElement.GetProperty("predictions")[0].GetProperty("result")[0];
            Assert.Equal(
                "id,type,from_name,to_name,original_width,original_height,image_rotation,score,value",
                string.Join(',', region.EnumerateObject().Select(member => member.Name)));
            Assert.Equal(
                (tag + "labels", tag, "image"),
                (Text(region, "type"), Text(region, "from_name"), Text(region, "to_name")));
            Assert.Equal(members, string.Join(',', region.GetProperty("value").EnumerateObject().Select(member => member.Name)));
            Assert.Equal(JsonValueKind.String, json.RootElement.GetProperty("predictions")[0].GetProperty("model_version").ValueKind);
        }

        static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(300, 400)]
    [InlineData(1, 65_536)]
    public void BrushRuns_AnyLength_AreReadBack(int width, int height)
    {
        var mask = TestMask.Random(new Random(width + height), width, height);

        Assert.Equal(TestMask.Unpack(mask), Brush(BrushRuns.Encode(mask), mask.Size));
    }

    [Theory]
    [InlineData("#..", "...", "...")]
    [InlineData("...", "...", "..#")]
    [InlineData("...", ".#.", "...")]
    [InlineData("..#", "..#", "..#")]
    [InlineData("#..", "#..", "#..")]
    [InlineData("...", "###", "...")]
    public void RowRuns_MaskAtAnyPlace_CoverTheImage(params string[] rows)
    {
        var mask = TestMask.Draw(rows);

        var runs = MaskCrop.RowRuns(mask);

        Assert.Equal(mask.Size.PixelCount, runs.Sum());
        Assert.DoesNotContain(0, runs.Skip(1));
        Assert.Equal(
            string.Concat(rows), string.Concat(runs.Select((run, index) => new string(index % 2 == 0 ? '.' : '#', run))));
    }

    [Fact]
    public void BrushRuns_KnownMask_HasTheKnownBits()
    {
        // 8 bytes: number of values 8; 7; sizes 2, 3, 7, 15; then 4 times 0 and 4 times 255, each a run with a length of 3 bits.
        const string Bits = "00000000000000000000000000001000" + "00111" + "0010" + "0011" + "0111" + "1111"
            + "1" + "00" + "011" + "00000000" + "1" + "00" + "011" + "11111111";
        var expected = Bits.PadRight((Bits.Length + 7) / 8 * 8, '0').Chunk(8).Select(bits => Convert.ToByte(new string(bits), 2));

        Assert.Equal(expected, BrushRuns.Encode(TestMask.Draw(".#")));
    }

    private static Dictionary<int, bool[,]> Read(string path, ImageSize size)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var masks = new Dictionary<int, bool[,]>();
        foreach (var region in json.RootElement.GetProperty("predictions")[0].GetProperty("result").EnumerateArray())
        {
            var value = region.GetProperty("value");
            var type = region.GetProperty("type").GetString()!;
            Assert.Equal((size.Width, size.Height), (Number(region, "original_width"), Number(region, "original_height")));
            Assert.Equal("object", value.GetProperty(type)[0].GetString());
            var pixels = type == "brushlabels"
                ? Brush([.. value.GetProperty("rle").EnumerateArray().Select(one => one.GetByte())], size)
                : FormatCases.Fill(
                    [[.. value.GetProperty("points").EnumerateArray().Select(
                        point => (point[0].GetDouble() * size.Width / 100, point[1].GetDouble() * size.Height / 100))]],
                    size);
            var number = int.Parse(region.GetProperty("id").GetString()!.Split('-')[1]);
            if (!masks.TryAdd(number, pixels))
            {
                foreach (var (x, y) in TestMask.Positions(pixels))
                {
                    masks[number][x, y] = true;
                }
            }
        }

        return masks;

        static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
    }

    // By the definition of the form, a bit at a time; the alpha channel is the mask.
    private static bool[,] Brush(byte[] bytes, ImageSize size)
    {
        var at = 0;
        var count = Bits(32);
        var valueBits = Bits(5) + 1;
        int[] sizes = [Bits(4) + 1, Bits(4) + 1, Bits(4) + 1, Bits(4) + 1];
        var values = new List<int>();
        while (values.Count < count)
        {
            var isRun = Bits(1) == 1;
            var length = Bits(sizes[Bits(2)]) + 1;
            var value = isRun ? Bits(valueBits) : 0;
            for (var i = 0; i < length; i++)
            {
                values.Add(isRun ? value : Bits(valueBits));
            }
        }

        Assert.Equal(4 * size.PixelCount, values.Count);
        var pixels = new bool[size.Width, size.Height];
        for (var i = 0; i < values.Count; i += 4)
        {
            pixels[i / 4 % size.Width, i / 4 / size.Width] = values[i + 3] == 255;
        }

        return pixels;

        int Bits(int length)
        {
            var value = 0;
            for (var i = 0; i < length; i++, at++)
            {
                value = (value << 1) | ((bytes[at / 8] >> (7 - (at % 8))) & 1);
            }

            return value;
        }
    }
}
