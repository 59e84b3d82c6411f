using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>The algebra of the passes against its slow twin in double: a wrong factor shows in the layer and the term where it is
/// made.</summary>
/// <remarks>A model of L layers ends with pass L, so its coefficients are those after pass L.</remarks>
public class ImagePassTests
{
    // Sums of some hundred products of order 1 in float32.
    private const double Tolerance = 1e-4;

    // Layers, points, multimask outputs; from 9 tokens on the heads' outputs are the coefficients, before them the attention is.
    public static TheoryData<int, int, int> Shapes { get; } = new()
    {
        { 1, 2, 3 }, { 2, 2, 3 }, { 3, 2, 3 }, { 1, 1, 1 }, { 3, 3, 3 }, { 1, 6, 3 }, { 2, 6, 3 }, { 3, 20, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Passes_AnyShape_ComeToTheTwinsImageTokens(int layers, int points, int outputs)
    {
        var config = Config(layers, outputs);
        using var checkpoint = FusedMaskDecoderTests.Formula(config);
        var image = FusedMaskDecoderTests.RandomImage(config, 3);
        var prompts = FusedMaskDecoderTests.Prompts(2, points, config.ImageSize);
        foreach (var kernels in PanelKernels.All)
        {
            using var decoder = new FusedMaskDecoder(checkpoint, config, new Sam2SessionOptions { ThreadCount = 1 }, kernels);
            using var prepared = decoder.Prepare(image, TestContext.Current.CancellationToken);
            using var batch = (DecodedBatch)decoder.Decode(prepared, prompts, TestContext.Current.CancellationToken);
            for (var prompt = 0; prompt < 2; prompt++)
            {
                var twin = new TwoWayTransformerTwin(checkpoint, config, decoder.Weights, image, prompts, prompt);
                var formed = new FormedImageTokens(checkpoint, decoder.Weights.Sizes, batch.Layout, batch.Coefficients(prompt));
                AssertSameTerms(twin, formed, layers, $"{kernels.VectorWidth} lanes, prompt {prompt}");
                var own = TwoWayTransformerTwin.OwnTokens(decoder.Weights.Sizes, decoder.Weights, image);
                AssertNear($"prompt {prompt}: image tokens", twin.ImageTokens.Values, formed.Form(own).Values);
                AssertNear($"prompt {prompt}: object score", [ObjectScore(twin, config)], [batch.ObjectScoreLogits[prompt]]);
            }
        }
    }

    // Term by term: first the layer norms' factors, then what each layer's image tokens read from the prompt's.
    private static void AssertSameTerms(TwoWayTransformerTwin twin, FormedImageTokens formed, int layers, string what)
    {
        for (var layer = layers; layer >= 1; layer--)
        {
            var expected = twin.ImageToToken[layer - 1].Copy();
            for (var token = 0; token < expected.Rows; token++)
            {
                var factor = twin.InverseDeviations.Skip(layer - 1).Aggregate(1.0, (product, inverse) => product * inverse[token]);
                foreach (ref var value in expected.Row(token))
                {
                    value *= factor;
                }
            }

            AssertNear($"{what}: attention of layer {layer}", expected.Values, formed.ScaledImageToToken(layer).Values);
        }

        var tokens = Enumerable.Range(0, twin.ImageTokens.Rows).ToArray();
        double Scale(int token) => twin.InverseDeviations.Aggregate(1.0, (product, inverse) => product * inverse[token]);
        AssertNear($"{what}: scale", Array.ConvertAll(tokens, Scale), Array.ConvertAll(tokens, formed.Scale));
    }

    private static double ObjectScore(TwoWayTransformerTwin twin, Sam2ModelConfig config)
    {
        const string name = "mask_decoder.pred_obj_score_head";
        var token = new DoubleMatrix(1, config.HiddenSize);
        twin.Tokens.Row(0).CopyTo(token.Row(0));
        var hidden = twin.Linear(token, $"{name}.proj_in", config.HiddenSize);
        TwoWayTransformerTwin.Relu(hidden);
        hidden = twin.Linear(hidden, $"{name}.layers.0", config.HiddenSize);
        TwoWayTransformerTwin.Relu(hidden);
        return twin.Linear(hidden, $"{name}.proj_out", 1)[0, 0];
    }

    internal static void AssertNear(string what, double[] expected, double[] actual, double scale = 1)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= Tolerance * Math.Max(scale, Math.Abs(expected[i]))))
            {
                Assert.Fail($"{what}: expected {expected[i]} at {i}, found {actual[i]}.");
            }
        }
    }

    // 6 x 6 image tokens, which fill no panel; four heads of eight channels.
    internal static Sam2ModelConfig Config(int layers, int outputs) => new()
    {
        ImageSize = 96,
        HiddenSize = 64,
        PromptEncoder = new PromptEncoderConfig { MaskInputChannels = 8 },
        MaskDecoder = new MaskDecoderConfig
        {
            LayerCount = layers,
            HeadCount = 4,
            AttentionDownsampleRate = 2,
            MlpSize = 72,
            IouHeadDepth = 2,
            IouHeadHiddenSize = 40,
            MultimaskOutputs = outputs,
        },
    };
}
