using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Packs what the first transposed convolution makes of a prompt's basis.</summary>
/// <param name="weights">Weights.</param>
/// <param name="layout">Sizes of the prompt's buffers.</param>
/// <param name="kernels">Kernels to run on.</param>
/// <param name="arena">Scratch memory.</param>
internal sealed unsafe class UpscalingOperands(DecoderWeights weights, PromptLayout layout, PanelKernels kernels, ScratchArena arena)
{
    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;
    private readonly DecoderSizes _sizes = weights.Sizes;
    private readonly BasisProjection _basis = new(weights.Sizes, layout, kernels);
    private readonly float* _projectedBasis =
        arena.Take(BasisProjection.Length(layout, weights.Sizes.Layers, UpscalingWeights.SubPixels * weights.Sizes.FirstUpscaled));

    /// <summary>Floats of what <see cref="Build"/> writes.</summary>
    public static long Length(DecoderSizes sizes, PromptLayout layout) =>
        (long)UpscalingWeights.SubPixels * DecoderSizes.Tiles(sizes.FirstUpscaled) * sizes.Layers * layout.LayerRows * TileRows;

    /// <summary>The first transposed convolution of a prompt's basis.</summary>
    /// <param name="coefficients">The prompt.</param>
    /// <param name="pack">Receives, per sub-pixel, packed tiles [all coefficients, 8] of 8 channels each.</param>
    public void Build(ImageTokenCoefficients coefficients, float* pack)
    {
        var projection = weights.Upscaling.First;
        var channels = _sizes.FirstUpscaled;
        var rows = _sizes.Layers * layout.LayerRows;
        _basis.Project(projection, coefficients, _sizes.Layers, _projectedBasis);
        var tile = pack;
        for (var sub = 0; sub < UpscalingWeights.SubPixels; sub++)
        {
            for (var first = 0; first < channels; first += TileRows, tile += rows * TileRows)
            {
                for (var i = 0; i < TileRows; i++)
                {
                    var (panel, lane) = Math.DivRem((sub * channels) + first + i, PanelWidth);
                    for (var row = 0; row < rows; row++)
                    {
                        var element = _projectedBasis + ((((long)panel * rows) + row) * PanelWidth) + lane;
                        tile[(row * TileRows) + i] = first + i < channels ? *element : 0;
                    }
                }
            }
        }
    }
}
