using System.Text.Json;
using System.Xml.Linq;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>Images of equal names in different folders.</summary>
public class FormatTreeTests
{
    private static readonly string[] Images = ["x.png", "a/x.png", "b c/d/x.png"];

    public static TheoryData<string> Names => [.. ResultFormats.All.Select(format => format.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_EqualNamesInATree_EachHasFilesInItsFolder(string format)
    {
        using var flat = new FormatRun(format);
        flat.Write("x.png", FormatCases.Masks("ring"));
        using var run = Write(format);

        // Not those without a name yet.
        var files = flat.Files.Where(file => !file.StartsWith('.')).ToList();
        var expected = Images.SelectMany(image => files.Select(file => InFolderOf(image, file)));
        var ofRun = ResultFormats.Find(format)!.FileOfRun(new ResultNames(string.Empty, ResultOrigin.Everything), 1)?.Name;
        Assert.Equal(expected.Concat(ofRun is null ? [] : [ofRun]).Order(StringComparer.Ordinal), run.Files);
        Assert.All(Images.Where(_ => format is not ("coco" or "cvat" or "parquet")), image => Assert.True(run.IsDone(image), image));
    }

    [Fact]
    public void Write_FilesAboutOrBesideImages_NameThemWithTheirFolders()
    {
        using var coco = Write("coco");
        Assert.Equal(Images, CocoDataset.Load(coco["annotations.coco.json"]).Images.Select(image => image.FileName));
        using var cvat = Write("cvat");
        Assert.Equal(
            Images, XDocument.Load(cvat["annotations.cvat.xml"]).Root!.Elements("image").Select(image => (string)image.Attribute("name")!));
        using var geo = Write("geojson");
        Assert.Equal("b c/d/x.png", Json(geo, "b c/d/x.geojson").GetProperty("image").GetString());
        using var task = Write("labelstudio");
        Assert.Equal("b c/d/x.png", Json(task, "b c/d/x.labelstudio.json").GetProperty("data").GetProperty("image").GetString());
        using var cutouts = Write("cutout");
        var listed = Json(cutouts, "b c/d/x.cutouts.json").GetProperty("cutouts")[0].GetProperty("file").GetString();
        Assert.True(File.Exists(cutouts["b c/d/" + listed]));

        // Ways to the images, which lie in a folder beside the results.
        using var me = Write("labelme");
        Assert.Equal("../../../images/b c/d/x.png", Json(me, "b c/d/x.json").GetProperty("imagePath").GetString());
    }

    // Those of YOLO are mirrored below two folders.
    private static string InFolderOf(string image, string file)
    {
        var name = ResultNames.Below(ResultNames.FolderOf(image), Path.GetFileName(file));
        return ResultNames.Below(ResultNames.FolderOf(file), name);
    }

    private static FormatRun Write(string format)
    {
        var run = new FormatRun(format);
        foreach (var image in Images)
        {
            run.Write(image, FormatCases.Masks("ring"));
        }

        run.Complete();
        return run;
    }

    private static JsonElement Json(FormatRun run, string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(run[file]));
        return json.RootElement.Clone();
    }
}
