using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

/// <summary>What every format must do, a new one too: any masks, and names that are easily mangled. That what is written has the pixels of
/// the masks, the tests of each format hold.</summary>
public class FormatAcceptanceTests
{
    /// <summary>Every format with every case.</summary>
    public static TheoryData<string, string> Cases => Cross(FormatCases.Names);

    /// <summary>Every format with every name.</summary>
    public static TheoryData<string, string> ImageNames => Cross(FormatCases.ImageNames);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Write_AnyMasks_GivesWholeFilesThatCountAsDone(string format, string name)
    {
        using var run = new FormatRun(format);
        var masks = FormatCases.Masks(name);

        var written = run.Write("a.png", masks);
        var ofRun = run.Complete();

        Assert.All(written, path => Assert.True(File.Exists(path)));
        Assert.True(ofRun is null || File.Exists(ofRun));
        Assert.NotEmpty(run.Files);
        Assert.All(run.Files, file => AssertReadable(run[file]));
        Assert.True(ResultFormats.Find(format)!.FileOfImage is null || run.IsDone("a.png"));
    }

    [Theory]
    [MemberData(nameof(ImageNames))]
    public void Write_OddNames_AreThoseOfTheFilesAndInThem(string format, string name)
    {
        using var run = new FormatRun(format);
        var image = ResultNames.Below("x y/ü", name);

        run.Write(image, FormatCases.Masks("ring"));
        run.Complete();

        Assert.All(run.Files, file => AssertReadable(run[file]));
        var about = ResultFormats.Find(format)!;
        if (about.FileOfImage is not null)
        {
            var stem = Path.GetFileNameWithoutExtension(name);
            Assert.Contains(run.Files, file => Path.GetFileName(file).StartsWith(stem + ".", StringComparison.Ordinal));
            Assert.True(run.IsDone(image));
        }

        if (about.FileOfRun(new ResultNames("out", ResultOrigin.Everything), 1) is { ImagesIn: { } read } file)
        {
            Assert.Equal([image], read(run[file.Name]));
        }
    }

    private static TheoryData<string, string> Cross(IEnumerable<TheoryDataRow<string>> others)
    {
        var data = new TheoryData<string, string>();
        foreach (var format in ResultFormats.All)
        {
            foreach (var other in others)
            {
                data.Add(format.Name, other.Data);
            }
        }

        return data;
    }

    // By the kind of file, as any reader of that kind would.
    private static void AssertReadable(string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".json" or ".geojson":
                using (JsonDocument.Parse(File.ReadAllBytes(path)))
                {
                }

                break;
            case ".svg" or ".xml":
                Assert.NotNull(XDocument.Load(path).Root);
                break;
            case ".png" when !path.Contains("/images/", StringComparison.Ordinal):
                using (var bitmap = SKBitmap.Decode(path))
                {
                    Assert.NotNull(bitmap);
                }

                break;
            case ".parquet":
                Assert.Single(MaskTable.ReadImageNames(path));
                break;
            case ".txt":
                Assert.All(
                    File.ReadAllLines(path).SelectMany(line => line.Split(' ')),
                    number => Assert.InRange(double.Parse(number, CultureInfo.InvariantCulture), 0, 1));
                break;
            case ".html":
                Assert.Contains("</html>", File.ReadAllText(path), StringComparison.Ordinal);
                break;
            default:
                Assert.True(new FileInfo(path).Length > 0, path);
                break;
        }
    }
}
