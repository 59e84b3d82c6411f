using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class PromptCandidatesTests
{
    private static readonly RunLengthEncoding Pixels = TestMask.Draw("##..", "....");

    [Theory]
    [InlineData("", 1)]
    [InlineData("a", 1)]
    [InlineData("aa", 2)]
    [InlineData("aaa", 3)]
    [InlineData("aaaa", 4)]
    [InlineData("aaaaa", 1)]
    [InlineData("aaab", 1)]
    [InlineData("aaabbb", 3)]
    [InlineData("aaabbbccc", 3)]
    [InlineData("aaaaaa", 1)]
    [InlineData("aabb", 1)]
    [InlineData("ababab", 1)]
    [InlineData("AAA", 3)]
    [InlineData("AAABBB", 3)]
    [InlineData("aAa", 1)]
    [InlineData("---", 1)]
    [InlineData("aa-", 1)]
    public void CountPerPrompt_OfAnyOrder_FindsThoseOfOnePromptAfterEachOther(string prompts, int expected) =>
        Assert.Equal(expected, PromptCandidates.CountPerPrompt(Set(prompts)));

    [Fact]
    public void BestFirst_OfAnyScores_OrdersEachPromptsCandidatesAlone()
    {
        var set = Set("aaabbb", 0.2f, 0.9f, 0.4f, float.NaN, 0.1f, 0.1f);

        Assert.Equal([[1, 2, 0], [4, 5, 3]], PromptCandidates.BestFirst(set, 3));
    }

    // Lower case letters are points, upper case ones boxes, and a dash is none.
    private static MaskSet Set(string prompts, params float[] ious) => new(Pixels.Size, [.. prompts.Select((prompt, i) =>
        TestMask.Record(Pixels, ious.Length > 0 ? ious[i] : 0.5f) with
        {
            Points = char.IsLower(prompt) ? [new PointPrompt(prompt - 'a', 1)] : [],
            Box = char.IsUpper(prompt) ? new BoxXyxy(0, 0, prompt - 'A' + 1, 1) : null,
        })]);
}
