using System.Text.Json;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>ASP.NET makes the JSON contracts of all endpoints at the first request: a result that has none breaks the whole
/// program.</summary>
public class SerialisedResultTests
{
    [Fact]
    public void Serialize_AnObjectOfEveryResult_Works()
    {
        using var dataset = new MemoryStream();
        using (var writer = new CocoDatasetWriter(dataset))
        {
            writer.AddImage("a.png", ResultSamples.Masks);
            writer.Complete();
        }

        using var records = new MemoryStream();
        MasksJson.Write(records, "a.png", "nano", ResultSamples.Masks);
        (dataset.Position, records.Position) = (0, 0);
        var results = new
        {
            ResultSamples.Masks,
            Best = ResultSamples.Masks.Best,
            Polygons = MaskPolygons.FromMask(ResultSamples.Masks[0].Segmentation),
            Labels = LabelMap.FromMasks(ResultSamples.Masks),
            ResultSamples.Image,
            Overlay = new MaskedImage(ResultSamples.Image, ResultSamples.Masks),
            File = MasksJson.Read(records),
            Dataset = CocoDataset.Read(dataset),
            Options = (object[])[new MaskOverlayOptions(), new MasksJsonOptions(), new HtmlReportOptions(), new CocoDatasetOptions()],
            Size = ResultSamples.Masks.ImageSize,
        };

        using var json = JsonDocument.Parse(
            JsonSerializer.SerializeToUtf8Bytes(results, new JsonSerializerOptions(JsonSerializerDefaults.Web)));

        Assert.Equal(3, json.RootElement.GetProperty("file").GetProperty("masks").GetProperty("masks").GetArrayLength());
        Assert.Equal(120, json.RootElement.GetProperty("labels").GetProperty("size").GetProperty("width").GetInt32());
    }

    [Fact]
    public void Deserialize_PolygonsAndValues_AreTheSame()
    {
        var polygons = MaskPolygons.FromMask(TestMask.Draw("####", "#..#", "####"));

        Assert.Equal(polygons, JsonSerializer.Deserialize<MaskPolygon[]>(JsonSerializer.Serialize(polygons)));
        Assert.Equal(new BoxXywh(1, 2, 3, 4), JsonSerializer.Deserialize<BoxXywh>(JsonSerializer.Serialize(new BoxXywh(1, 2, 3, 4))));
        Assert.Equal(new ImageSize(1, 2), JsonSerializer.Deserialize<ImageSize>(JsonSerializer.Serialize(new ImageSize(1, 2))));
    }
}
