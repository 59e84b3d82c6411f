using System.Text;
using System.Text.Json;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Imaging;

namespace MaskGen.ML.Tests.Results;

public class MasksJsonTests
{
    private static MaskSet Mixed { get; } = new(
        ResultSamples.Masks.ImageSize,
        [
            ResultSamples.Masks[0] with { Points = [new(1, 2)] },
            ResultSamples.PromptedMasks[1],
            ResultSamples.PromptedMasks[2] with { Box = null, Points = [new(3, 4)], ObjectScoreLogit = 2 },
            MaskRecord.From(ResultSamples.Masks[0].Segmentation) with { BoundingBox = new(0.5f, 1, 2, 3) },
        ]);

    [Fact]
    public void Load_SavedFile_IsWhatWasSaved()
    {
        using var folder = new TestFolder();

        MasksJson.Save(folder["a.json"], "Größe \"写真\".png", "nano", Mixed, new() { Form = MaskRecordForm.Prompted });
        var file = MasksJson.Load(folder["a.json"]);

        Assert.Equal(("Größe \"写真\".png", "nano", Mixed.ImageSize), (file.ImageName, file.Model, file.Masks.ImageSize));
        Assert.Equal(Mixed, file.Masks);
        Assert.Equal("Größe \"写真\".png: 4 masks of 120x80 pixels", file.ToString());
    }

    [Theory]
    [InlineData(MaskRecordForm.Automatic, new[] { false, true, false, false })]
    [InlineData(MaskRecordForm.Grid, new[] { false, false, false, false })]
    [InlineData(MaskRecordForm.Prompted, new[] { true, true, true, true })]
    public void Write_EachForm_LosesWhatItSays(MaskRecordForm form, bool[] arePrompted)
    {
        var bytes = Write(Mixed, new() { Form = form });

        using var json = JsonDocument.Parse(bytes);
        Assert.Equal(
            arePrompted, json.RootElement.GetProperty("masks").EnumerateArray().Select(mask => mask.TryGetProperty("prompt", out _)));
        var expected = Mixed.Zip(arePrompted, (mask, isPrompted) => isPrompted ? mask : mask with
        {
            Box = null, ObjectScoreLogit = 0, Points = [.. mask.Points.Select(point => point with { Label = PointLabel.Foreground })],
        });
        Assert.Equal(expected, MasksJson.Read(new MemoryStream(bytes)).Masks);
    }

    [Fact]
    public void Deserialize_FileAsAMaskSet_GivesItsMasks() =>
        Assert.Equal(Mixed, JsonSerializer.Deserialize<MaskSet>(Write(Mixed, new() { Form = MaskRecordForm.Prompted })));

    // A newer form may have other fields altogether; what is wrong is the version all the same.
    [Theory]
    [InlineData("""{"schema_version":2}""")]
    [InlineData("""{"pictures":[],"masks":{},"schema_version":2,"width":"wide"}""")]
    public void Read_NewerSchema_NamesBothVersions(string text)
    {
        var error = Assert.Throws<InvalidDataException>(() => MasksJson.Read(new MemoryStream(Encoding.UTF8.GetBytes(text))));

        Assert.Equal("stream: schema_version: expected at most 1 (a newer version of this library reads more), found 2.", error.Message);
    }

    [Fact]
    public void Load_NoFile_SaysSo()
    {
        using var folder = new TestFolder();

        Assert.Throws<FileNotFoundException>(() => MasksJson.Load(folder["none.json"]));
        Assert.Throws<ArgumentException>(() => MasksJson.Load(string.Empty));
        Assert.Throws<ArgumentNullException>(() => MasksJson.Read(null!));
    }

    [Fact]
    public void Read_StreamWithoutEnd_StopsAtTheLimit()
    {
        using var endless = new Trickle([], portion: int.MaxValue, endless: true);

        var error = Assert.Throws<InvalidDataException>(() => BoundedInput.Read(endless, 100_000, "stream"));

        Assert.Equal("stream: expected at most 100000 bytes of JSON, found more.", error.Message);
        Assert.InRange(endless.BytesRead, 100_000, 300_000);
    }

    [Fact]
    public void Read_LongFile_IsRefusedBeforeItIsRead()
    {
        var error = Assert.Throws<InvalidDataException>(() => BoundedInput.Read(new MemoryStream(new byte[11]), 10, "a.json"));

        Assert.Equal("a.json: expected at most 10 bytes of JSON, found 11.", error.Message);
        Assert.Equal(10, BoundedInput.Read(new MemoryStream(new byte[10]), 10, "a.json").Length);
    }

    [Fact]
    public void Write_UnknownForm_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Write(Mixed, new() { Form = (MaskRecordForm)7 }));

    private static byte[] Write(MaskSet masks, MasksJsonOptions options)
    {
        using var stream = new MemoryStream();
        MasksJson.Write(stream, "a.png", "nano", masks, options);
        return stream.ToArray();
    }
}
