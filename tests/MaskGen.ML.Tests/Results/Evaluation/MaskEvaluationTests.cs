using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class MaskEvaluationTests
{
    private static readonly ImageSize Size = new(20, 1);

    [Fact]
    public void Add_PerfectMasks_AreAllOnes()
    {
        var evaluation = new MaskEvaluation();
        var objects = Set((0, 5, 0.9f), (10, 5, 0.8f));

        Assert.Equal([1, 1], evaluation.Add(objects, objects, Set()));

        var result = evaluation.Result();
        Assert.Equal((1, 2, 2), (result.ImageCount, result.ObjectCount, result.MasksPerImage));
        Assert.Equal((1, 1, 1, 1), (result.MeanBestIou, result.RecallAt50, result.RecallAt80, result.MeanRecall));
        Assert.Equal((1, 1, 1), (result.AveragePrecision, result.AveragePrecisionAt50, result.AveragePrecisionAt75));
    }

    [Fact]
    public void Result_OneWrongMaskBetweenTwoRightOnes_IsAsComputedByHand()
    {
        var evaluation = new MaskEvaluation();
        evaluation.Add(Set((0, 5, 0.9f), (6, 3, 0.8f), (10, 5, 0.7f)), Set((0, 5, 0), (10, 5, 0)), Set());

        // Recall and precision after each mask: 1/2 and 1, 1/2 and 1/2, 1 and 2/3. At 51 points of recall, 0 to 0.5, the best precision is
        // 1, at the other 50 it is 2/3.
        var expected = (51 + (50 * 2 / 3.0)) / 101;
        Assert.Equal(expected, evaluation.Result().AveragePrecision, 12);
        Assert.Equal(expected, evaluation.Result().AveragePrecisionAt75, 12);
    }

    [Fact]
    public void Result_MaskOfThreeQuarters_CountsBelowThatThresholdAlone()
    {
        var evaluation = new MaskEvaluation();

        // IoU 6 / 8; the object that nothing meets has none.
        Assert.Equal([0.75, 0], evaluation.Add(Set((0, 6, 0.9f)), Set((0, 8, 0), (12, 4, 0)), Set()));

        // Right at 0.5 to 0.75: six thresholds of ten, at 51 points of recall.
        var result = evaluation.Result();
        Assert.Equal(0.375, result.MeanBestIou);
        Assert.Equal((0.5, 0), (result.RecallAt50, result.RecallAt80));
        Assert.Equal(0.5 * 6 / 10, result.MeanRecall, 12);
        Assert.Equal(51 / 101.0 * 6 / 10, result.AveragePrecision, 12);
        Assert.Equal((51 / 101.0, 51 / 101.0), (result.AveragePrecisionAt50, result.AveragePrecisionAt75));
    }

    [Fact]
    public void Result_SecondMaskOfOneObject_IsWrong()
    {
        var evaluation = new MaskEvaluation();
        evaluation.Add(Set((0, 8, 0.5f), (0, 7, 0.9f)), Set((0, 8, 0)), Set());

        // The worse by IoU is asked first and takes the object: at 0.9 and 0.95 it does not reach it, and the other does, as second.
        var result = evaluation.Result();
        Assert.Equal(((8 * 1) + (2 * 0.5)) / 10, result.AveragePrecision, 12);
        Assert.Equal(1, result.MeanRecall);
    }

    [Fact]
    public void Result_MasksOfSeveralImages_AreOrderedTogether()
    {
        var evaluation = new MaskEvaluation();
        evaluation.Add(Set((10, 3, 0.6f)), Set((0, 5, 0)), Set());
        evaluation.Add(Set((0, 5, 0.7f)), Set((0, 5, 0)), Set());

        // The right one first: recall 1/2 at precision 1, and nothing beyond.
        Assert.Equal(51 / 101.0, evaluation.Result().AveragePrecision, 12);
    }

    [Fact]
    public void Result_MaskInACrowd_CountsNeitherWay()
    {
        var evaluation = new MaskEvaluation();
        evaluation.Add(Set((12, 3, 0.9f), (0, 5, 0.8f)), Set((0, 5, 0)), Set((11, 9, 0)));

        Assert.Equal(1, evaluation.Result().AveragePrecision);
    }

    [Fact]
    public void Result_EveryMaskHasAScoreAndNoPredictedIou_IsOrderedByTheScore()
    {
        // One wrong mask before the right one, whichever stands first.
        foreach (var isReversed in new[] { false, true })
        {
            var evaluation = new MaskEvaluation();
            MaskRecord[] masks = [Scored(0, 5, 0.3), Scored(10, 3, 0.6)];
            evaluation.Add(new MaskSet(Size, isReversed ? [.. Enumerable.Reverse(masks)] : masks), Set((0, 5, 0)), Set());

            var result = evaluation.Result();
            Assert.Equal(MaskScoreKind.Score, result.OrderedBy);
            Assert.Equal(0.5, result.AveragePrecision, 12);
        }

        // Where there is both, the model's own estimate.
        var both = new MaskEvaluation();
        both.Add(
            new MaskSet(Size, [Scored(0, 5, 0.3) with { PredictedIou = 0.9f }, Scored(10, 3, 0.6) with { PredictedIou = 0.1f }]),
            Set((0, 5, 0)),
            Set());
        Assert.Equal((MaskScoreKind.PredictedIou, 1), (both.Result().OrderedBy, both.Result().AveragePrecision));
    }

    [Fact]
    public void Result_OneMaskOfAnyImageWithoutScores_HasNoAveragePrecision()
    {
        var evaluation = new MaskEvaluation();
        evaluation.Add(Set((0, 5, 0.9f)), Set((0, 5, 0)), Set());
        evaluation.Add(new MaskSet(Size, [Scored(0, 5, 0.5)]), Set((0, 5, 0)), Set());
        evaluation.Add(Set((0, 5, 0.9f)), Set((0, 5, 0)), Set());

        var result = evaluation.Result();
        Assert.Null(result.OrderedBy);
        Assert.True(double.IsNaN(result.AveragePrecision) && double.IsNaN(result.AveragePrecisionAt50));
        Assert.Equal((3, 1, 2), (result.MaskCount, result.WithoutPredictedIou, result.WithoutScore));
        Assert.Equal(1, result.MeanRecall);
    }

    [Fact]
    public void Result_NoObjects_HasNoRatios()
    {
        var evaluation = new MaskEvaluation();
        evaluation.Add(Set((0, 5, 0.7f)), Set(), Set());

        var result = evaluation.Result();
        Assert.True(double.IsNaN(result.AveragePrecision) && double.IsNaN(result.MeanRecall) && double.IsNaN(result.MeanBestIou));
        Assert.Equal(1, result.MasksPerImage);
    }

    private static MaskRecord Scored(int from, int length, double score) =>
        Set((from, length, float.NaN))[0] with { PromptScore = score };

    // Masks of one row: from a column on, so many pixels.
    private static MaskSet Set(params (int From, int Length, float Score)[] masks) => new(
        Size,
        [.. masks.Select(mask => TestMask.Record(
            FormatCases.Draw(20, 1, (x, _) => x >= mask.From && x < mask.From + mask.Length), mask.Score))]);
}
