using System.Text.Json;

namespace MaskGen.ML.Tests;

/// <summary>Reference figures for one official architecture with formula weights, sampled.</summary>
internal sealed record OfficialGoldens(
    Dictionary<string, int[]> Tensors,
    Dictionary<string, float[]> Check,
    SampledTensor ImageEmbedding,
    SampledTensor[] HighResolutionFeatures,
    OfficialPrompt Points,
    OfficialPrompt Box)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static OfficialGoldens Read(string size) =>
        JsonSerializer.Deserialize<OfficialGoldens>(File.ReadAllText(Fixture.Path($"official/{size}/goldens.json")), SnakeCase)!;
}

/// <summary>Some values of a tensor, by their index in row-major order, and statistics of all.</summary>
internal sealed record SampledTensor(int[] Shape, double Mean, double Std, int[] Index, float[] Value)
{
    public void AssertMatches(string what, ReadOnlySpan<float> actual, float tolerance)
    {
        Assert.Equal(Shape.Aggregate(1, (product, dimension) => product * dimension), actual.Length);
        var sampled = new float[Index.Length];
        for (var i = 0; i < sampled.Length; i++)
        {
            sampled[i] = actual[Index[i]];
        }

        Near.Assert(what, Value, sampled, tolerance);
        double sum = 0;
        foreach (var value in actual)
        {
            sum += value;
        }

        Assert.Equal(Mean, sum / actual.Length, 1e-3);
    }
}

/// <summary>Prompts in the frame of the model input, one object each, and the references' answer.</summary>
internal sealed record OfficialPrompt(
    float[][]? InputPoints, float[]? InputBox, float[][] PredictedIou, SampledTensor LowResolutionMaskLogits);
