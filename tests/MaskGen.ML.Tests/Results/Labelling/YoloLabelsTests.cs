using System.Globalization;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class YoloLabelsTests
{
    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_HaveTheSamePixelsWithToleranceZeroAndNearlyWithoutOne(string name)
    {
        var masks = FormatCases.Masks(name);
        foreach (var (tolerance, lowest) in new (double?, double)[] { (0, 1), (null, 0.99) })
        {
            using var run = new FormatRun("yolo", new ResultFormatOptions { PolygonTolerance = tolerance });
            run.Write("a.png", masks);

            var read = Read(run["labels/a.txt"], masks.ImageSize);
            var written = masks.Where(mask => mask.Area > 0).ToList();
            Assert.Equal(written.Count, read.Count);
            Assert.All(written.Zip(read), pair =>
                Assert.InRange(FormatCases.Iou(TestMask.Unpack(pair.First.Segmentation), pair.Second), lowest, 1));
        }
    }

    [Fact]
    public void Write_Losses_AreCountedAndSaid()
    {
        using var run = new FormatRun("yolo");
        run.Write("a.png", FormatCases.Masks("ring"));
        run.Write("b.png", FormatCases.Masks("diagonal"));
        run.Write("c.png", FormatCases.Masks("empty"));

        Assert.Equal(
            [
                "yolo: masks with holes, joined to the outline by a bridge of no width: 1",
                "yolo: masks of several parts, joined into one outline: 1",
                "yolo: empty masks left out: 1",
            ],
            run.Remarks);
    }

    [Fact]
    public void Complete_ImagesOfOneFolder_DescribesTheDataSet()
    {
        using var run = new FormatRun("yolo");
        run.Write("a.png", FormatCases.Masks("ring"));
        Assert.Equal(run["data.yaml"], run.Complete());

        var lines = File.ReadAllLines(run["data.yaml"]);
        Assert.Contains("train: \"images\"", lines);
        Assert.Contains("val: \"images\"", lines);
        Assert.Equal(["names:", "  0: \"object\""], lines.SkipWhile(line => line != "names:").Take(2));
        Assert.All(lines, line => Assert.Matches("^(#|train: |val: |names:|  0: )", line));
    }

    [Fact]
    public void Write_FilesOfPrompts_AreNamedAsTheImageIs()
    {
        using var run = new FormatRun("yolo", mode: ResultOrigin.Prompt);
        run.Write("a.png", FormatCases.Masks("ring"));
        run.Complete();

        Assert.Equal(["data.prompt.yaml", "images/a.png", "labels/a.txt", "labels/a.yolo.json"], run.Files);
    }

    [Fact]
    public void Inspect_LabelsThatSomebodyHasEditedOrWritten_AreNotOurs()
    {
        using var run = new FormatRun("yolo");
        run.Write("a.png", FormatCases.Masks("ring"));
        var path = run["labels/a.txt"];
        Assert.Equal(ResultFileOwner.Us, ResultFile.Inspect(path, YoloLabels.Kind).Owner);

        File.AppendAllText(path, "0 0.1 0.1 0.2 0.1 0.2 0.2\n");
        Assert.Equal(ResultFileOwner.Other, ResultFile.Inspect(path, YoloLabels.Kind).Owner);
        File.WriteAllText(run["labels/b.txt"], "0 0.1 0.1 0.2 0.1 0.2 0.2\n");
        Assert.Equal(ResultFileOwner.Other, ResultFile.Inspect(run["labels/b.txt"], YoloLabels.Kind).Owner);
        File.WriteAllText(run["labels/c.txt"], string.Empty);
        Assert.Equal(ResultFileOwner.Other, ResultFile.Inspect(run["labels/c.txt"], YoloLabels.Kind).Owner);
        File.WriteAllBytes(run["labels/d.txt"], new byte[20]);
        Assert.Equal(ResultFileOwner.Nobody, ResultFile.Inspect(run["labels/d.txt"], YoloLabels.Kind).Owner);

        // Somebody who takes all labels off an image says that there is nothing on it.
        run.Write("e.png", FormatCases.Masks("ring"));
        File.WriteAllText(run["labels/e.txt"], string.Empty);
        Assert.Equal(ResultFileOwner.Other, ResultFile.Inspect(run["labels/e.txt"], YoloLabels.Kind, isThorough: false).Owner);
    }

    [Fact]
    public void Join_HundredsOfParts_KeepsThemAll()
    {
        var mask = TestMask.Random(new Random(1), 60, 50);
        var polygons = MaskPolygons.FromMask(mask);

        var joined = JoinedOutline.Of(polygons);

        var filled = FormatCases.Fill([[.. joined.Select(corner => (corner.X, corner.Y))]], mask.Size);
        Assert.Equal(TestMask.Unpack(mask), filled);
    }

    // As Ultralytics reads a file: lines of a class and pairs of numbers.
    private static List<bool[,]> Read(string path, ImageSize size) =>
        [.. File.ReadAllLines(path).Select(line =>
        {
            var numbers = line.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(0, numbers[0]);
            Assert.True(numbers.Length >= 7 && numbers.Length % 2 == 1);
            Assert.All(numbers, number => Assert.InRange(number, 0, 1));
            return FormatCases.Fill(
                [[.. numbers.Skip(1).Chunk(2).Select(pair => (pair[0] * size.Width, pair[1] * size.Height))]], size);
        })];
}
