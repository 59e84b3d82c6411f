using System.Text;
using System.Text.Json.Nodes;
using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class ResultFileTests
{
    [Theory]
    [MemberData(nameof(ResultSamples.Kinds), MemberType = typeof(ResultSamples))]
    public void Inspect_OwnResult_SaysWhatItIsOf(string kindName)
    {
        var kind = ResultSamples.Kind(kindName);

        var state = Inspect(ResultSamples.Bytes(kind), kind);

        Assert.Equal(ResultFileOwner.Us, state.Owner);
        Assert.Equal((kind, ResultOrigin.Everything), (state.Stamp!.Kind, state.Stamp.Mode));
        Assert.Equal(ResultSamples.Origin.ImageName, state.Stamp.ImageName);
    }

    [Theory]
    [MemberData(nameof(ResultSamples.Kinds), MemberType = typeof(ResultSamples))]
    public void Inspect_OwnResultCutAnywhere_IsStillOursOrHoldsNothing(string kindName)
    {
        var kind = ResultSamples.Kind(kindName);
        var bytes = ResultSamples.Bytes(kind);
        if (kind == MaskTable.Kind)
        {
            // Its stamp is at its end, where Parquet has what describes a file: cut off, it could be anybody's.
            Assert.Equal(ResultFileOwner.Other, Inspect(bytes[..^1], kind).Owner);
            return;
        }

        var step = Math.Max(1, bytes.Length / 700);

        // Every length where the stamp is, and some of the rest.
        var some = Enumerable.Range(0, bytes.Length / step).Select(i => i * step);
        foreach (var length in Enumerable.Range(0, Math.Min(bytes.Length, 1500)).Concat(some))
        {
            Assert.True(Inspect(bytes[..length], kind).Owner != ResultFileOwner.Other, $"{kind} cut to {length} of {bytes.Length} bytes");
        }

        Assert.Equal(ResultFileOwner.Us, Inspect(bytes[..^1], kind).Owner);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200_000)]
    public void Inspect_EmptyOrZeros_HoldsNothing(int length)
    {
        foreach (var kind in ResultSamples.AllKinds)
        {
            Assert.Equal(ResultFileOwner.Nobody, Inspect(new byte[length], kind).Owner);
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{\"image\":\"a.png\",\"masks\":[]}")]
    [InlineData("{\"image\":1}")]
    [InlineData("{\"info\":{\"description\":\"My data set\"},\"annotations\":[]}")]
    [InlineData("{\"info\":{\"generator\":\"MaskGen.MLx\",\"kind\":\"dataset\"},\"annotations\":[]}")]
    [InlineData("<!doctype html><title>My page</title>")]
    [InlineData("<!doctype html>\n<html lang=\"en\">\n<head>\n<title>My page</title>")]
    [InlineData("<meta name=\"maskgen-report\" content=\"\">")]
    public void Inspect_AnotherProgramsFile_IsNotOurs(string text)
    {
        foreach (var kind in ResultSamples.AllKinds)
        {
            // A brace alone could be the beginning of anything that begins so.
            var expected = text == "{" && (ResultSamples.ExtensionOf(kind) is ".json" or ".geojson")
                ? ResultFileOwner.Nobody
                : ResultFileOwner.Other;
            Assert.Equal(expected, Inspect(Encoding.UTF8.GetBytes(text), kind).Owner);
        }
    }

    [Fact]
    public void Inspect_SameFormByAnotherProgram_IsNotOurs()
    {
        var records = JsonNode.Parse(ResultSamples.Bytes(ResultKind.Records))!.AsObject();
        foreach (var name in new[] { "generator", "schema_version", "mode", "image_sha256", "model_fingerprint", "settings" })
        {
            Assert.True(records.Remove(name));
        }

        Assert.Equal(ResultFileOwner.Other, Inspect(Encoding.UTF8.GetBytes(records.ToJsonString()), ResultKind.Records).Owner);
    }

    [Fact]
    public void Inspect_PhotoOrAnotherImage_IsNotOurs()
    {
        foreach (var name in new[] { "scene.png", "scene-palette.png", "scene-gray.png", "narrow.png", "scene-orientation-6.jpg" })
        {
            var bytes = File.ReadAllBytes(Fixture.Path($"images/{name}"));
            Assert.Equal(ResultFileOwner.Other, Inspect(bytes, ResultKind.Overlay).Owner);
            Assert.Equal(ResultFileOwner.Other, Inspect(bytes[..(bytes.Length / 2)], ResultKind.Overlay).Owner);
        }
    }

    [Fact]
    public void Inspect_OwnImageThatAnEditorHasChangedKeepingItsTexts_IsNotOurs()
    {
        var png = ResultSamples.Bytes(ResultKind.Mask);
        using var bitmap = SKBitmap.Decode(png);
        bitmap.SetPixel(3, 3, SKColors.White);
        using var edited = bitmap.Encode(SKEncodedImageFormat.Png, 100);

        // The stamp as it was, on other pixels.
        var bytes = edited.ToArray();
        var stampEnd = png.AsSpan().IndexOf("IDAT"u8) - 4;
        byte[] withStamp = [.. bytes[..PngChunk.HeaderEnd], .. png[PngChunk.HeaderEnd..stampEnd], .. bytes[PngChunk.HeaderEnd..]];

        Assert.NotNull(PngFile.ReadStamp(new MemoryStream(withStamp)));
        Assert.Equal(ResultFileOwner.Other, Inspect(withStamp, ResultKind.Mask).Owner);
    }

    [Theory]
    [InlineData(nameof(ResultKind.Records), "\"predicted_iou\":0.9", "\"predicted_iou\":0.1")]
    [InlineData(nameof(ResultKind.Records), "\"schema_version\"", "\"note\":\"mine\",\"schema_version\"")]
    [InlineData(nameof(ResultKind.Dataset), "\"category_id\":1,", "\"category_id\":2,")]
    [InlineData(nameof(ResultKind.Dataset), "\"name\":\"object\"", "\"name\":\"cat\"")]
    [InlineData(nameof(ResultKind.Dataset), "}]", "},{}]")]
    [InlineData(nameof(ResultKind.Page), "</body>", "<p>mine</p></body>")]
    [InlineData(nameof(ResultKind.Page), "maskgen-end ", "maskgen-end 0")]
    [InlineData(nameof(ResultKind.PageList), "<b>b.png</b>", "<b>b.png, seen</b>")]
    public void Inspect_OwnTextThatSomebodyHasChangedKeepingItsStamp_IsNotOurs(string kindName, string old, string replacement)
    {
        var kind = (ResultKind)typeof(ResultKind).GetProperty(kindName)!.GetValue(null)!;
        var text = Encoding.UTF8.GetString(ResultSamples.Bytes(kind));
        var at = text.LastIndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"There is no {old}.");
        var changed = Encoding.UTF8.GetBytes(text[..at] + replacement + text[(at + old.Length)..]);

        Assert.Equal(ResultFileOwner.Other, Inspect(changed, kind).Owner);

        // The quick look, of which many come at once, sees the stamp.
        Assert.Equal(ResultFileOwner.Us, ResultFile.Inspect(new MemoryStream(changed), kind, isThorough: false).Owner);
    }

    [Fact]
    public void Inspect_RecordsOfAPromptThatWereDamaged_AreThoseOfThePrompt()
    {
        var bytes = ResultSamples.Bytes(ResultKind.Records, ResultSamples.Origin with { Mode = ResultOrigin.Prompt });

        Assert.Equal(ResultOrigin.Prompt, Inspect(bytes, ResultKind.Records).Stamp!.Mode);
        Assert.Equal(ResultOrigin.Prompt, Inspect(bytes[..(bytes.Length / 2)], ResultKind.Records).Stamp!.Mode);
        Assert.Equal(ResultSamples.Origin.ImageName, Inspect(bytes[..(bytes.Length / 2)], ResultKind.Records).Stamp!.ImageName);
    }

    [Fact]
    public void IsOurs_FilesOfEveryKindUnderOtherNames_AreRecognised()
    {
        using var folder = new TestFolder();
        foreach (var kind in ResultSamples.AllKinds)
        {
            var extension = ResultSamples.ExtensionOf(kind).Replace(".png", ".jpg", StringComparison.Ordinal);
            Assert.True(ResultFile.IsOurs(folder.Write($"holiday {kind}{extension}", ResultSamples.Bytes(kind))), $"{kind}");
        }

        Assert.False(ResultFile.IsOurs(Fixture.Path("images/scene.png")));
        Assert.False(ResultFile.IsOurs(folder.Write("a.json", "{}"u8.ToArray())));
        Assert.False(ResultFile.IsOurs(folder.Write("a.html", "x"u8.ToArray())));
        Assert.False(ResultFile.IsOurs(folder.Write("notes.txt", "x"u8.ToArray())));
    }

    private static ResultFileState Inspect(byte[] bytes, ResultKind kind) => ResultFile.Inspect(new MemoryStream(bytes), kind);
}
