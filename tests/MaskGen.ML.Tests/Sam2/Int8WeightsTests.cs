using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Sam2;

public class Int8WeightsTests
{
    // More channels than are transposed together.
    [Theory]
    [InlineData(3, 5)]
    [InlineData(64, 7)]
    [InlineData(131, 40)]
    public void Transposed_TimesScales_IsTheWeightWithinHalfAStep(int outputs, int inputs)
    {
        var random = new Random(outputs);
        var weight = Enumerable.Range(0, outputs * inputs).Select(i => (random.NextSingle() - 0.5f) * (1 + (i / inputs))).ToArray();

        var scales = Int8Weights.Scales(weight, outputs);
        var steps = Int8Weights.Transposed(weight, outputs);

        for (var output = 0; output < outputs; output++)
        {
            var row = weight.AsSpan(output * inputs, inputs).ToArray();
            Assert.Equal(row.Max(Math.Abs) / 64, scales[output], 1e-7f);
            for (var input = 0; input < inputs; input++)
            {
                var step = steps[(input * outputs) + output];
                Assert.InRange(step, -64, 64);
                Assert.InRange(step * scales[output], row[input] - (0.5001f * scales[output]), row[input] + (0.5001f * scales[output]));
            }
        }
    }

    [Fact]
    public void Transposed_ChannelOfZerosAndOneOfTheSmallest_AreZero()
    {
        float[] weight = [0, 0, float.Epsilon, -float.Epsilon, -3, 3];

        Assert.Equal([1f, 1f, 3f / 64], Int8Weights.Scales(weight, 3));
        Assert.Equal([0, 0, -64, 0, 0, 64], Int8Weights.Transposed(weight, 3).Select(step => (int)step));
    }
}
