using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

public class Sam2PromptDecodingTests
{
    private static readonly string[] Added =
    [
        "Masks", "Masks.PredictedIou", "Masks.StabilityScore", "Masks.Area", "Masks.BoundingBox", "Masks.CocoRle",
        "Masks.Object", "Masks.ObjectScoreLogit", "Masks.LowResolutionMaskLogits",
    ];

    private static readonly Sam2PromptDecodingOptions Plain =
        new() { Model = StageData.Micro, PointColumn = "Points", PointLabelColumn = "Labels", PointObjectColumn = "Objects", BoxColumn = "Boxes" };

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Stage_OnRichPrompts_KeepsTheContract() =>
        StageContract.Verify(
            _ml,
            _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", new Sam2PromptDecodingOptions { Model = StageData.Micro, PromptColumn = "Prompts" }),
            nameof(StageData.RichPrompts),
            Added,
            new WrongData(StageData.PlainPrompts(_ml), "Prompts", "Sam2PromptSet", "no column of that name"),
            new WrongData(StageData.Images(_ml), "Embedding", "Vector<Single", "no column of that name"));

    [Fact]
    public void Stage_OnPlainPrompts_KeepsTheContract() =>
        StageContract.Verify(_ml, _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", Plain), nameof(StageData.PlainPrompts), Added);

    [Fact]
    public void Transform_RichAndPlainPrompts_GiveTheSameMasks()
    {
        var rich = StageData.RichPrompts(_ml);
        var plain = StageData.PlainPrompts(_ml);
        using var fromRich = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", new Sam2PromptDecodingOptions { Model = StageData.Micro, PromptColumn = "Prompts" }).Fit(rich);
        using var fromPlain = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", Plain).Fit(plain);
        Assert.Equal(ColumnDigest.Of(fromRich.Transform(rich), Added), ColumnDigest.Of(fromPlain.Transform(plain), Added));
    }
}
