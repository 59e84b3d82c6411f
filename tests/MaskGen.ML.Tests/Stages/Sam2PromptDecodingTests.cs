using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Tests.Stages;

public class Sam2PromptDecodingTests
{
    private static readonly string[] Added =
    [
        "Masks", "Masks.PredictedIou", "Masks.StabilityScore", "Masks.Area", "Masks.BoundingBox", "Masks.CocoRle",
        "Masks.ImageSize", "Masks.Object", "Masks.ObjectScoreLogit", "Masks.LowResolutionMaskLogits",
    ];

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Stage_OnRichPrompts_KeepsTheContract() =>
        StageContract.Verify(
            _ml,
            _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.RichPromptOptions),
            nameof(StageData.RichPrompts),
            Added,
            new WrongData(StageData.PlainPrompts(_ml), "Prompts", "Sam2PromptSet", "no column of that name"),
            new WrongData(StageData.Images(_ml), "Embedding", "Vector<Single", "no column of that name"));

    [Fact]
    public void Stage_OnPlainPrompts_KeepsTheContract() =>
        StageContract.Verify(
            _ml, _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions), nameof(StageData.PlainPrompts),
            Added);

    [Fact]
    public void Transform_RichAndPlainPrompts_GiveTheSameMasks()
    {
        var rich = StageData.RichPrompts(_ml);
        var plain = StageData.PlainPrompts(_ml);
        using var fromRich = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.RichPromptOptions).Fit(rich);
        using var fromPlain = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(plain);
        Assert.Equal(ColumnDigest.Of(fromRich.Transform(rich), Added), ColumnDigest.Of(fromPlain.Transform(plain), Added));
    }

    [Fact]
    public void Transform_Prompts_GiveTheDecodersAnswers()
    {
        var data = StageData.RichPrompts(_ml);
        using var stage = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.RichPromptOptions).Fit(data);
        var row = _ml.Data.CreateEnumerable<MaskRow>(stage.Transform(data), reuseRowObject: false).First();

        using var encoder = new Sam2ImageEncoder(StageData.Micro);
        using var decoder = new Sam2PromptDecoder(StageData.Micro);
        using var image = MLImage.CreateFromFile(Fixture.Path(StageData.Paths[0]));
        var encoded = encoder.Encode(RgbImage.FromMLImage(image), TestContext.Current.CancellationToken);
        Sam2PromptSet prompts =
            [Sam2Prompt.FromPoint(5, 9), Sam2Prompt.FromBox(new BoxXyxy(1, 2, 10, 20)),
                new() { Points = [new(4, 4), new(0, 1, PointLabel.Background)] }];
        var answers = decoder.Decode(encoded, prompts, MaskOutput.Multimask, TestContext.Current.CancellationToken);

        Assert.Equal(answers.SelectMany(answer => answer.Masks).Select(mask => mask.PredictedIou), row.PredictedIou);
        Assert.Equal(answers.SelectMany(answer => answer.Masks).SelectMany(mask => mask.LowResolutionMaskLogits.ToArray()), row.Logits);
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2], row.Objects);
        Assert.Equal(answers.SelectMany(answer => Enumerable.Repeat(answer.ObjectScoreLogit, 3)), row.ObjectScoreLogits);
        Assert.Equal(row.PredictedIou, row.Masks.Select(mask => mask.PredictedIou));
        Assert.Equal(new ImageSize(image.Width, image.Height), row.Masks.ImageSize);
        Assert.Equal(prompts[1].Box, row.Masks[3].Box);
        Assert.Equal(prompts[2].Points, row.Masks[6].Points);
    }

    [Fact]
    public void Transform_MaskOfAnEarlierRun_IsFedBack()
    {
        var data = StageData.PlainPrompts(_ml);
        var once = StageData.PlainPromptOptions with { Output = MaskOutput.Single };
        using var first = _ml.Transforms.DecodeSam2Prompts("First", "Embedding", once).Fit(data);
        var firstMasks = first.Transform(data);
        using var second = _ml.Transforms.DecodeSam2Prompts(
            "Second", "Embedding", once with { MaskLogitsColumn = "First.LowResolutionMaskLogits" }).Fit(firstMasks);
        var row = _ml.Data.CreateEnumerable<TwiceRow>(second.Transform(firstMasks), reuseRowObject: false).First();
        Assert.Equal(3, row.First.Length);
        Assert.Equal(3, row.Second.Length);
        Assert.NotEqual(row.First, row.Second);
    }

    [Fact]
    public void Predict_ImageAndPrompts_GivesWhatTheCursorGives()
    {
        var data = StageData.RichPrompts(_ml);
        var chain = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = StageData.Micro })
            .Append(_ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.RichPromptOptions))
            .Fit(data);
        var expected = _ml.Data.CreateEnumerable<MaskRow>(chain.Transform(data), reuseRowObject: false).First();
        using var engine = _ml.Model.CreatePredictionEngine<PromptedImage, MaskRow>(chain);
        using var image = MLImage.CreateFromFile(Fixture.Path(StageData.Paths[0]));
        var prompts = _ml.Data.CreateEnumerable<StageData.RichPromptRow>(data, reuseRowObject: false).First().Prompts;
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var predicted = engine.Predict(new PromptedImage { Image = image, Prompts = prompts });
            Assert.Equal(expected.PredictedIou, predicted.PredictedIou);
            Assert.Equal(expected.Logits, predicted.Logits);
        }
    }

    [Theory]
    [InlineData("Points", "expected a multiple of 2 values", new float[] { 1 }, new int[0], new float[0], new float[0])]
    [InlineData("Labels", "expected one value for each of 1 points, found 2", new float[] { 1, 2 }, new[] { 1, 1 }, new float[] { 0 },
        new float[0])]
    [InlineData("Labels", "expected 1 (foreground) or 0 (background), found 2", new float[] { 1, 2 }, new[] { 2 }, new float[] { 0 },
        new float[0])]
    [InlineData("Objects", "expected indices of objects from 0, found -1", new float[] { 1, 2 }, new[] { 1 }, new float[] { -1 },
        new float[0])]
    [InlineData("Objects", "expected indices of objects from 0, found 0.5", new float[] { 1, 2 }, new[] { 1 }, new[] { 0.5f },
        new float[0])]
    [InlineData("Boxes", "expected a multiple of 4 values", new float[0], new int[0], new float[0], new float[] { 1, 2, 3 })]
    public void Transform_PromptsThatContradict_NamesRowAndColumn(
        string column, string problem, float[] points, int[] labels, float[] objects, float[] boxes)
    {
        var data = StageData.Prompted(
            _ml,
            new StageData.PlainPromptRow { Path = StageData.Paths[0], Points = points, Labels = labels, Objects = objects, Boxes = boxes });
        using var stage = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(stage.Transform(data), Added));
        Assert.StartsWith("Row 0: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"Column '{column}': {problem}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_PointsWithoutObjects_AreOneObjectOrRefused()
    {
        var options = StageData.PlainPromptOptions with { PointObjectColumn = null };
        var oneBox = StageData.Prompted(
            _ml,
            new StageData.PlainPromptRow { Path = StageData.Paths[0], Points = [4, 4, 5, 5], Labels = [1, 0], Boxes = [1, 2, 10, 20] });
        using var stage = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", options).Fit(oneBox);
        Assert.Equal([0, 0, 0], _ml.Data.CreateEnumerable<MaskRow>(stage.Transform(oneBox), reuseRowObject: false).Single().Objects);

        var twoBoxes = StageData.Prompted(
            _ml,
            new StageData.PlainPromptRow { Path = StageData.Paths[0], Points = [4, 4], Labels = [1],
                Boxes = [1, 2, 10, 20, 2, 3, 11, 21] });
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(stage.Transform(twoBoxes), Added));
        Assert.Contains("which of 2 objects", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ColumnsThatDoNotGoTogether_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Sam2PromptDecodingOptions().Validate());
        Assert.Throws<ArgumentException>(() => new Sam2PromptDecodingOptions { PromptColumn = "P", BoxColumn = "B" }.Validate());
        Assert.Throws<ArgumentException>(() => new Sam2PromptDecodingOptions { BoxColumn = "B", PointLabelColumn = "L" }.Validate());
        Assert.Throws<ArgumentException>(() => new Sam2PromptDecodingOptions { BoxColumn = " " }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new Sam2PromptDecodingOptions { BoxColumn = "B", StabilityScoreOffset = 0 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new Sam2PromptDecodingOptions { BoxColumn = "B", MaskThreshold = float.NaN }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new Sam2PromptDecodingOptions { BoxColumn = "B", Output = (MaskOutput)7 }.Validate());
        Assert.Throws<ArgumentException>(() => Sam2PromptSet.Create([null!]));
    }

    private sealed class PromptedImage
    {
        [ImageType(100, 100)]
        public MLImage? Image { get; set; }

        [Sam2PromptSetType]
        public Sam2PromptSet? Prompts { get; set; }
    }

    private sealed class TwiceRow
    {
        [ColumnName("First.LowResolutionMaskLogits")]
        public float[] FirstLogits { get; set; } = [];

        [ColumnName("First.PredictedIou")]
        public float[] First { get; set; } = [];

        [ColumnName("Second.PredictedIou")]
        public float[] Second { get; set; } = [];
    }

    private sealed class MaskRow
    {
        [MaskSetType]
        public MaskSet Masks { get; set; } = MaskSet.Empty;

        [ColumnName("Masks.PredictedIou")]
        public float[] PredictedIou { get; set; } = [];

        [ColumnName("Masks.Object")]
        public int[] Objects { get; set; } = [];

        [ColumnName("Masks.ObjectScoreLogit")]
        public float[] ObjectScoreLogits { get; set; } = [];

        [ColumnName("Masks.LowResolutionMaskLogits")]
        public float[] Logits { get; set; } = [];
    }
}
