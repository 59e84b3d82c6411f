using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FsCheck.Xunit;

namespace MaskGen.ML.Tests.Masks;

/// <summary>Masks through System.Text.Json, as a web endpoint returns them and takes them.</summary>
public partial class MaskJsonTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private const string Rle = """{"size":[2,3],"counts":"222"}""";

    [Fact]
    public void Serialize_RunLengths_AreCocosCompressedForm()
    {
        var mask = RunLengthEncoding.FromCounts(new ImageSize(3, 2), [2, 2, 2]);

        Assert.Equal(Rle, JsonSerializer.Serialize(mask));
        Assert.Equal(mask, JsonSerializer.Deserialize<RunLengthEncoding>(Rle));
    }

    [Theory]
    [InlineData("""{"size":[2,3],"counts":[2,2,2]}""")]
    [InlineData("""{"counts":[2,1,0,1,2],"size":[2,3]}""")]
    [InlineData("""{"counts":"222","other":{"size":1},"size":[2,3]}""")]
    public void Deserialize_OtherFormsOfTheSameMask_AreRead(string json) =>
        Assert.Equal(RunLengthEncoding.FromCounts(new ImageSize(3, 2), [2, 2, 2]), JsonSerializer.Deserialize<RunLengthEncoding>(json));

    [Fact]
    public void Serialize_MaskOfTheGrid_HasTheFieldsOfSam2()
    {
        var mask = Record(RunLengthEncoding.FromCounts(new ImageSize(3, 2), [2, 2, 2])) with { Points = [new(1.5f, 0.25f)] };

        Assert.Equal(
            """{"segmentation":{"size":[2,3],"counts":"222"},"area":2,"bbox":[1,0,0,1],"predicted_iou":0.5,"stability_score":0.75,"""
            + "\"point_coords\":[[1.5,0.25]],\"crop_box\":[0,0,3,2]}",
            JsonSerializer.Serialize(mask));
    }

    [Fact]
    public void Serialize_MaskOfAPrompt_SaysThePrompt()
    {
        var mask = Record(RunLengthEncoding.FromCounts(new ImageSize(3, 2), [6])) with
        {
            Points = [new(1, 2), new(3, 4, PointLabel.Background)], Box = new BoxXyxy(0, 0.5f, 2, 1), ObjectScoreLogit = -1.5f,
        };

        Assert.Contains(
            "\"point_coords\":[[1,2],[3,4]],\"point_labels\":[1,0],\"box\":[0,0.5,2,1],\"crop_box\":[0,0,3,2],\"object_score_logit\":-1.5}",
            JsonSerializer.Serialize(mask),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Serialize_MaskWithALabel_SaysItAndReadsBack()
    {
        var mask = Record(RunLengthEncoding.FromCounts(new ImageSize(3, 2), [6])) with
        {
            Label = "\u732b \"a\"", PromptScore = 0.1234567890123,
        };

        var json = JsonSerializer.Serialize(mask, new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

        Assert.Contains(
            "\"stability_score\":0.75,\"label\":\"\u732b \\\"a\\\"\",\"prompt_score\":0.1234567890123,\"point_coords\"",
            json,
            StringComparison.Ordinal);
        Assert.Equal(mask, JsonSerializer.Deserialize<MaskRecord>(json));
    }

    [Theory]
    [InlineData("\"label\":\"\"", "label: expected a label with text, found \"\"")]
    [InlineData("\"label\":5", "label: expected a string, found 5")]
    [InlineData("\"prompt_score\":\"high\"", "prompt_score: expected a finite number, found \"high\"")]
    public void Deserialize_LabelThatIsNone_NamesTheField(string field, string expected) => Assert.Contains(
        expected,
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<MaskRecord>($$"""{"segmentation":{{Rle}},{{field}}}""")).Message,
        StringComparison.Ordinal);

    [Property(MaxTest = 200)]
    public void Deserialize_OfSerialize_IsTheSame(int seed, byte width, byte height)
    {
        var masks = RandomSet(new Random(seed), width, height);
        var answer = new Answer("a", masks, masks.Best, masks.Best?.Segmentation);

        foreach (var read in new[]
        {
            JsonSerializer.Deserialize<Answer>(JsonSerializer.Serialize(answer))!,
            JsonSerializer.Deserialize<Answer>(JsonSerializer.SerializeToUtf8Bytes(answer, Web), Web)!,
            JsonSerializer.Deserialize(JsonSerializer.Serialize(answer, AnswerContext.Default.Answer), AnswerContext.Default.Answer)!,
        })
        {
            Assert.Equal((masks.ImageSize, masks.AsEnumerable()), (read.Masks.ImageSize, read.Masks.AsEnumerable()), new SetComparer());
            Assert.Equal(answer.Best, read.Best);
            Assert.Equal(answer.Shape, read.Shape);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Serialize_ScoreThatIsNotFinite_IsNullAndComesBackAsNaN(float score)
    {
        var mask = Record(RunLengthEncoding.FromCounts(new ImageSize(1, 1), [1])) with
        {
            PredictedIou = score, StabilityScore = score, ObjectScoreLogit = score,
        };

        var json = JsonSerializer.Serialize(mask);

        Assert.Contains("\"predicted_iou\":null,\"stability_score\":null", json, StringComparison.Ordinal);
        var read = JsonSerializer.Deserialize<MaskRecord>(json)!;
        Assert.Equal((float.NaN, float.NaN, float.NaN), (read.PredictedIou, read.StabilityScore, read.ObjectScoreLogit));
    }

    [Fact]
    public void Serialize_CoordinateThatIsNotFinite_IsAJsonException()
    {
        var mask = Record(RunLengthEncoding.FromCounts(new ImageSize(1, 1), [1])) with { Points = [new(float.NaN, 0)] };

        var error = Assert.Throws<JsonException>(
            () => JsonSerializer.Serialize(new Answer("a", new MaskSet(new ImageSize(1, 1), [mask]), null, null)));

        Assert.Contains("expected finite coordinates", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deserialize_RecordOfRunLengthsAlone_IsFilledIn() =>
        Assert.Equal(
            MaskRecord.From(RunLengthEncoding.FromCounts(new ImageSize(3, 2), [2, 2, 2])),
            JsonSerializer.Deserialize<MaskRecord>($$"""{"segmentation":{{Rle}}}"""));

    [Fact]
    public void Deserialize_Null_IsNull()
    {
        Assert.Null(JsonSerializer.Deserialize<Answer>("""{"Name":"a","Masks":null,"Best":null,"Shape":null}""")!.Masks);
        Assert.Equal(
            """{"Name":"a","Masks":null,"Best":null,"Shape":null}""", JsonSerializer.Serialize(new Answer("a", null!, null, null)));
    }

    [Theory]
    [InlineData("5", "expected an object, found 5")]
    [InlineData("[]", "expected an object, found an array")]
    [InlineData("""{"width":3,"height":2}""", "masks: expected an array, found nothing")]
    [InlineData("""{"width":-3,"height":2,"masks":[]}""", "width: expected a whole number from 0, found -3")]
    [InlineData("""{"width":65536,"height":65536,"masks":[]}""", "width: expected at most 2147483647 pixels, found 65536x65536")]
    [InlineData("""{"width":9223372036854775807,"height":9223372036854775807,"masks":[]}""", "width: expected at most 2147483647 pixels")]
    [InlineData("""{"width":3,"width":3,"height":2,"masks":[]}""", "width: expected one value, found two")]
    [InlineData("""{"width":3,"height":2,"masks":[null]}""", "masks[0]: expected an object, found null")]
    [InlineData("""{"width":3,"height":2,"masks":[{}]}""", "masks[0].segmentation: expected an object, found nothing")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[3,2],"counts":"222"}}]}""",
        "masks[0].segmentation.size: expected [2,3]")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":[2,2,3]}}]}""",
        "masks[0].segmentation.counts: expected run lengths")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":[-2,6,2]}}]}""",
        "masks[0].segmentation.counts[0]: expected")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":[4294967302]}}]}""",
        "masks[0].segmentation.counts[0]: expected")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":"~"}}]}""",
        "masks[0].segmentation.counts: Expected a character")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":"222"},"area":3}]}""",
        "masks[0].area: expected 2")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":"222"},"bbox":[1,2,3]}]}""",
        "masks[0].bbox: expected 4 items")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":"222"},"bbox":[1,2,3,1e99]}]}""",
        "masks[0].bbox[3]: expected a finite")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":"222"},"point_labels":[1]}]}""",
        "masks[0].point_labels: expected 0")]
    [InlineData("""{"width":3,"height":2,"masks":[{"segmentation":{"size":[2,3],"counts":"\ud800"}}]}""", "expected text in UTF-8")]
    public void Deserialize_Hostile_IsAJsonExceptionThatLeadsToTheField(string masks, string expected)
    {
        var error = Assert.Throws<JsonException>(
            () => JsonSerializer.Deserialize($$"""{"Name":"a","Masks":{{masks}}}""", AnswerContext.Default.Answer));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal("$.Masks", error.Path);
    }

    [Fact]
    public void Deserialize_CutAnywhereOrTooDeep_IsAJsonException()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(RandomSet(new Random(1), 9, 7));
        for (var length = 0; length < json.Length; length++)
        {
            Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize<MaskSet>(json.AsSpan(0, length)));
        }

        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize<MaskSet>(new string('[', 100_000)));
    }

    [Property(MaxTest = 500)]
    public void Deserialize_DamagedText_IsReadOrAJsonException(int seed)
    {
        var random = new Random(seed);
        var json = JsonSerializer.SerializeToUtf8Bytes(RandomSet(random, 9, 7));
        for (var i = 0; i < 3; i++)
        {
            json[random.Next(json.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "0123456789-{}[],:\"e"[random.Next(19)]);
        }

        try
        {
            JsonSerializer.Deserialize<MaskSet>(json);
        }
        catch (JsonException e)
        {
            Assert.NotNull(e.Path);
        }
    }

    [Fact]
    public async Task SerializeAsync_ToAStreamWithoutSynchronousWrites_Works()
    {
        var masks = RandomSet(new Random(3), 200, 100);
        await using var stream = new AsyncOnlyStream();

        await JsonSerializer.SerializeAsync(stream, masks, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(JsonSerializer.Serialize(masks), Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static MaskSet RandomSet(Random random, byte width, byte height)
    {
        var size = new ImageSize((width % 20) + 1, (height % 20) + 1);
        return new MaskSet(size, [.. Enumerable.Range(0, random.Next(5)).Select(_ => RandomRecord(random, width, height))]);
    }

    private static MaskRecord RandomRecord(Random random, byte width, byte height)
    {
        var (size, pixels) = RunLengthEncodingTests.RandomMask(width, height, random.Next());
        return Record(RunLengthEncoding.FromMask(size, pixels)) with
        {
            PredictedIou = random.NextSingle(),
            StabilityScore = random.Next(3) == 0 ? float.NaN : random.NextSingle(),
            BoundingBox = new BoxXywh(random.NextSingle() * 1e6f, random.NextSingle() / 3, 1e-20f, -7),
            Points =
                [.. Enumerable.Range(0,
                    random.Next(3)).Select(_ =>
                        new PointPrompt(random.NextSingle() * 100, random.NextSingle(), (PointLabel)random.Next(2)))],
            Box = random.Next(2) == 0 ? null : new BoxXyxy(random.NextSingle(), 2, 3.25f, 1e9f),
            ObjectScoreLogit = random.Next(2) == 0 ? 0 : random.NextSingle() - 0.5f,
            Label = random.Next(2) == 0 ? null : $"{(char)random.Next(32, 0xd800)}",
            PromptScore = random.Next(2) == 0 ? null : random.NextDouble(),
        };
    }

    private static MaskRecord Record(RunLengthEncoding mask) => MaskRecord.From(mask) with { PredictedIou = 0.5f, StabilityScore = 0.75f };

    /// <summary>What an endpoint might return.</summary>
    internal sealed record Answer(string Name, MaskSet Masks, MaskRecord? Best, RunLengthEncoding? Shape);

    // Generated at build time, as programs for NativeAOT need it.
    [JsonSerializable(typeof(Answer))]
    internal sealed partial class AnswerContext : JsonSerializerContext;

    private sealed class SetComparer : IEqualityComparer<(ImageSize Size, IEnumerable<MaskRecord> Masks)>
    {
        public bool Equals((ImageSize Size, IEnumerable<MaskRecord> Masks) x, (ImageSize Size, IEnumerable<MaskRecord> Masks) y) =>
            x.Size == y.Size && x.Masks.SequenceEqual(y.Masks);

        public int GetHashCode((ImageSize Size, IEnumerable<MaskRecord> Masks) value) => value.Size.GetHashCode();
    }
}
