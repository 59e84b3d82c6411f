using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>The fused upscaling against its slow twin in double, step by step: a wrong factor shows in the convolution where it is
/// made.</summary>
public class UpscalingTests
{
    private const int Width = PanelKernels.PanelWidth;
    private const int TileRows = PanelKernels.TileRows;

    // Layers, points, multimask outputs; from 9 tokens on the heads' outputs are the coefficients, before them the attention is.
    public static TheoryData<int, int, int> Shapes { get; } = new() { { 1, 2, 3 }, { 2, 2, 3 }, { 3, 3, 1 }, { 2, 6, 3 }, { 1, 20, 2 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public unsafe void Upscaling_AnyShape_ComesToTheTwinsMaps(int layers, int points, int outputs)
    {
        var config = ImagePassTests.Config(layers, outputs);
        using var checkpoint = FusedMaskDecoderTests.Formula(config);
        var image = FusedMaskDecoderTests.RandomImage(config, 5);
        var prompts = FusedMaskDecoderTests.Prompts(2, points, config.ImageSize);
        foreach (var kernels in PanelKernels.All)
        {
            using var decoder = new FusedMaskDecoder(checkpoint, config, new Sam2SessionOptions { ThreadCount = 1 }, kernels);
            using var prepared = decoder.Prepare(image, TestContext.Current.CancellationToken);
            using var batch = (DecodedBatch)decoder.Decode(prepared, prompts, TestContext.Current.CancellationToken);
            for (var prompt = 0; prompt < 2; prompt++)
            {
                var what = $"{kernels.VectorWidth} lanes, prompt {prompt}";
                var transformer = new TwoWayTransformerTwin(checkpoint, config, decoder.Weights, image, prompts, prompt);
                var twin = new UpscalingTwin(checkpoint, decoder.Weights.Sizes, image, transformer);
                ImagePassTests.AssertNear(
                    $"{what}: first convolution", twin.First.Values, FirstConvolution(decoder.Weights, kernels, batch, prompt).Values);
                for (var token = 0; token < twin.Masks.Length; token++)
                {
                    var logits = new float[decoder.Weights.Sizes.MaskPixels];
                    batch.UpscaleMasks([new MaskIndex(prompt, token)], logits, TestContext.Current.CancellationToken);
                    ImagePassTests.AssertNear(
                        $"{what}: mask {token}", twin.Masks[token], Array.ConvertAll(logits, logit => (double)logit),
                        scale: twin.Masks[token].Max(value => Math.Abs(value)));
                }
            }
        }
    }

    // What the fused code has before its layer norm: the prompt's part from the coefficients, the image's own part, and the features.
    private static unsafe DoubleMatrix FirstConvolution(DecoderWeights weights, PanelKernels kernels, DecodedBatch batch, int prompt)
    {
        var (sizes, layout, coefficients) = (weights.Sizes, batch.Layout, batch.Coefficients(prompt));
        var (side, channels, depth) = (sizes.EmbeddingSize, sizes.FirstUpscaled, sizes.Layers * layout.LayerRows);
        using var arena = new ScratchArena();
        var pack = arena.Take(UpscalingOperands.Length(sizes, layout));
        new UpscalingOperands(weights, layout, kernels, arena).Build(coefficients, pack);
        var result = new DoubleMatrix(4 * sizes.ImageTokens, channels);
        for (var token = 0; token < sizes.ImageTokens; token++)
        {
            var ((panel, lane), (y, x)) = (Math.DivRem(token, Width), Math.DivRem(token, side));
            for (var sub = 0; sub < UpscalingWeights.SubPixels; sub++)
            {
                var row = result.Row((((2 * y) + (sub / 2)) * 2 * side) + (2 * x) + (sub % 2));
                for (var channel = 0; channel < channels; channel++)
                {
                    var tile = pack + (((sub * DecoderSizes.Tiles(channels)) + (channel / TileRows)) * depth * TileRows);
                    var at = (((sub * channels) + channel) * Width) + lane;
                    double sum = ((double)coefficients.Scale(panel)[lane] * batch.Image.UpscalingProjection(panel)[at])
                        + batch.Image.Features1(panel)[at];
                    for (var i = 0; i < depth; i++)
                    {
                        sum += (double)coefficients.Panel(panel)[(i * Width) + lane] * tile[(i * TileRows) + (channel % TileRows)];
                    }

                    row[channel] = sum;
                }
            }
        }

        return result;
    }
}
