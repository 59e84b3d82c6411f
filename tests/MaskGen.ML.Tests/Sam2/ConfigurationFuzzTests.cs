using System.Globalization;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests.Checkpoints;

namespace MaskGen.ML.Tests.Sam2;

/// <summary>Whatever a config.json says, it is refused, or what it asks for can be built and run.</summary>
/// <remarks>MASKGEN_FUZZ_RUNS sets how many are tried instead of the few that fit an everyday run.</remarks>
public class ConfigurationFuzzTests
{
    // The smallest of those that are accepted, so that running them does not take long.
    private const double MostMultiplyAdds = 2e8;
    private const double MostParameters = 3e6;

    [Fact]
    public void Read_DamagedText_IsRefusedOrBuilt()
    {
        var originals = new[] { "micro", "nano", "official/tiny" }
            .Select(name => File.ReadAllBytes(Fixture.Path(name + "/config.json"))).ToArray();
        var accepted = Enumerable.Range(0, Runs(1000))
            .Count(seed => Read(Mutation.Apply(originals[seed % originals.Length], seed)) is not null);

        // Otherwise only the parser would be tried.
        Assert.InRange(accepted, 1, Runs(1000) - 1);
    }

    [Fact]
    public void Read_RandomFields_IsRefusedOrBuilt()
    {
        var accepted = Enumerable.Range(0, Runs(1000)).Count(seed => Read(RandomConfig.Create(seed)) is not null);
        Assert.InRange(accepted, Runs(1000) / 100, Runs(1000) - 1);
    }

    [Fact]
    public void Encode_AcceptedConfiguration_GivesMasks()
    {
        var ran = 0;
        for (var seed = 0; ran < Runs(1000) / 80; seed++)
        {
            if (Read(RandomConfig.Create(seed), build: false) is { } config && IsSmall(config))
            {
                Run(config, seed);
                ran++;
            }
        }
    }

    private static int Runs(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("MASKGEN_FUZZ_RUNS"), CultureInfo.InvariantCulture, out var runs) ? runs : usual;

    private static bool IsSmall(Sam2ModelConfig config)
    {
        var cost = Sam2ModelCost.Of(config);
        return cost.MultiplyAdds < MostMultiplyAdds && cost.Parameters < MostParameters;
    }

    // Null where it is refused.
    private static Sam2ModelConfig? Read(byte[] json, bool build = true)
    {
        Sam2ModelConfig config;
        try
        {
            config = Sam2ModelConfigReader.Parse(json, "x");
        }
        catch (CheckpointFormatException)
        {
            return null;
        }

        // What is accepted can be written and read again, and both its graphs can be built.
        var written = Sam2ModelConfigWriter.Write(config);
        Assert.Equal(written, Sam2ModelConfigWriter.Write(Sam2ModelConfigReader.Parse(written, "written")));
        if (build)
        {
            Assert.NotEmpty(Sam2CheckpointContract.RequiredTensors(config));
        }

        return config;
    }

    private static void Run(Sam2ModelConfig config, int seed)
    {
        var tensors = Sam2CheckpointContract.RequiredTensors(config)
            .ToDictionary(t => t.Key, t => new TensorDescription(TensorElementType.Float32, t.Value.Shape));
        using var weights = new FormulaCheckpoint(tensors);
        using var encoder = new Sam2ImageEncoder(config, weights);
        using var decoder = new Sam2PromptDecoder(config, weights);
        var image = encoder.Encode(RgbImage.Load(Fixture.Path("images/narrow.png")), TestContext.Current.CancellationToken);
        var masks = decoder.Decode(
            image, [Sam2Prompt.FromPoint(3, 2)], MaskOutput.Multimask, TestContext.Current.CancellationToken)[0].Masks;
        Assert.Equal(config.MaskDecoder.MultimaskOutputs, masks.Count);
        foreach (var mask in masks)
        {
            Assert.True(float.IsFinite(mask.PredictedIou), $"seed {seed}");
            Assert.Equal(config.MaskSize * config.MaskSize, mask.LowResolutionMaskLogits.Length);
            Assert.True(System.Numerics.Tensors.TensorPrimitives.IsFiniteAll(mask.LowResolutionMaskLogits.Span), $"seed {seed}");
        }
    }
}
