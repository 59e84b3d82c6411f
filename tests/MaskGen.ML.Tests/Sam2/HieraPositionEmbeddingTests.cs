using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Sam2;

public class HieraPositionEmbeddingTests
{
    [Fact]
    public void Product_ConstantBackground_AddsTheTiledWindow()
    {
        float[] background = [.. Enumerable.Repeat(2f, 9)];
        float[] window = [1, 2, 3, 4];

        var embedding = Embedding(background, 3, 3, window, windowSize: 2, side: 4);

        float[] tiled = [3, 4, 3, 4, 5, 6, 5, 6, 3, 4, 3, 4, 5, 6, 5, 6];
        Near.Assert("embedding", tiled, embedding, 1e-6f);
    }

    [Fact]
    public void Product_BackgroundOfTheMapsOwnSize_IsTakenAsItIs()
    {
        float[] background = [1, 2, 3, 4];

        var embedding = Embedding(background, 2, 2, [0], windowSize: 1, side: 2);

        Near.Assert("embedding", background, embedding, 1e-6f);
    }

    [Fact]
    public void Product_ASingleBrightSample_SpreadsByTheCubicKernel()
    {
        // Upsampling by 2: the samples lie a quarter and three quarters from the targets. With a = -0.75 the kernel is
        // 0.8789 at 0.25, 0.2617 at 0.75, -0.1055 at 1.25 and -0.0352 at 1.75.
        float[] background = [0, 0, 0, 1, 0, 0, 0];

        var embedding = Embedding(background, 1, 7, [0], windowSize: 1, side: 14);

        Near.Assert(
            "row",
            [0, 0, 0, -0.03515625f, -0.10546875f, 0.26171875f, 0.87890625f, 0.87890625f, 0.26171875f, -0.10546875f, -0.03515625f, 0, 0, 0],
            embedding.AsSpan(0, 14), 1e-6f);
    }

    // [side * side, C]
    private static float[] Embedding(
        float[] background, int backgroundHeight, int backgroundWidth, float[] window, int windowSize, int side)
    {
        var weights = HieraPositionEmbedding.RowWeights(backgroundHeight, windowSize, side);
        var rows = HieraPositionEmbedding.Rows(background, backgroundHeight, backgroundWidth, window, windowSize, side);
        var (rank, length) = (weights.Length / side, rows.Length / (weights.Length / side));
        var product = new float[side * length];
        for (var i = 0; i < product.Length; i++)
        {
            product[i] = Enumerable.Range(0, rank).Sum(k => weights[(i / length * rank) + k] * rows[(k * length) + (i % length)]);
        }

        return product;
    }
}
