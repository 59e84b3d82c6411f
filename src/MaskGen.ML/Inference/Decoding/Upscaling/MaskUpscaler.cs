using System.Runtime.Intrinsics;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Low-resolution masks from coefficients: first transposed convolution, layer norm, GELU, second one, GELU, hypernetwork
/// product.</summary>
internal sealed unsafe class MaskUpscaler(DecoderWeights weights, PromptLayout layout, PanelKernels kernels)
{
    /// <summary>Masks of a prompt that are computed at once.</summary>
    public const int MasksAtOnce = 4;

    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;
    private const int SubPixels = UpscalingWeights.SubPixels;
    private readonly DecoderSizes _sizes = weights.Sizes;

    /// <summary>Computes one panel of up to four masks of a prompt.</summary>
    /// <param name="job">What to compute.</param>
    /// <param name="image">The image.</param>
    /// <param name="upscalingProjection">[(sub-pixel, channel), 32]: the first convolution of the image's own part.</param>
    /// <param name="panel">Index of the panel.</param>
    /// <param name="arena">Scratch memory; what is taken stays taken.</param>
    public void Run(UpscaleJob job, PreparedImage image, float* upscalingProjection, int panel, ScratchArena arena)
    {
        var (first, second) = (_sizes.FirstUpscaled, _sizes.SecondUpscaled);
        var features = arena.Take(first * PanelWidth);
        var upscaled = arena.Take(SubPixels * second * PanelWidth);
        var masks = arena.Take(MasksAtOnce * SubPixels * SubPixels * PanelWidth);
        for (var sub = 0; sub < SubPixels; sub++)
        {
            var row = sub * first;
            FirstConvolution(job, panel, sub, features);
            kernels.AddNormalizeGelu(
                features,
                first,
                job.Coefficients.Scale(panel),
                upscalingProjection + (row * PanelWidth),
                image.Features1(panel) + (row * PanelWidth),
                weights.Upscaling.Gain.Pointer,
                weights.Upscaling.Bias.Pointer,
                weights.Upscaling.Epsilon);
            weights.Upscaling.Second.Multiply(kernels, features, upscaled);
            for (var subSub = 0; subSub < SubPixels; subSub++)
            {
                var pixel = (sub * SubPixels) + subSub;
                kernels.GeluDot(
                    upscaled + (subSub * second * PanelWidth),
                    image.Features0(panel) + (pixel * second * PanelWidth),
                    second,
                    job.HyperWeights,
                    masks + (pixel * PanelWidth),
                    SubPixels * SubPixels * PanelWidth);
            }
        }

        for (var mask = 0; mask < job.MaskCount; mask++)
        {
            Store(masks + (mask * SubPixels * SubPixels * PanelWidth), panel, job.Output(mask));
        }
    }

    /// <summary>One sub-pixel of the first convolution, all its channels, but for the image's own part.</summary>
    private void FirstConvolution(UpscaleJob job, int panel, int sub, float* features)
    {
        var depth = _sizes.Layers * layout.LayerRows;
        var segment = new PanelSegment(job.Coefficients.Panel(panel), depth);
        var channels = _sizes.FirstUpscaled;
        var tile = job.BasisPack + ((long)sub * DecoderSizes.Tiles(channels) * depth * TileRows);
        for (var row = 0; row < channels; row += TileRows, tile += depth * TileRows)
        {
            kernels.MultiplyTile(tile, &segment, 1, Math.Min(TileRows, channels - row), features + (row * PanelWidth), PanelWidth);
        }
    }

    /// <summary>Puts the 4 x 4 pixels of every token of a panel into raster order.</summary>
    private void Store(float* pixels, int panel, float* mask)
    {
        var first = panel * PanelWidth;
        var count = Math.Min(PanelWidth, _sizes.ImageTokens - first);
        for (var row = 0; row < SubPixels; row++)
        {
            // Pixel (row, column) of a token: the upper bits choose the sub-pixel, the lower ones its sub-pixel.
            var left = pixels + (((row / 2 * 8) + (row % 2 * 2)) * PanelWidth);
            var right = left + (SubPixels * PanelWidth);
            var target = mask + (row * _sizes.MaskSize);
            var lane = 0;
            for (; _sizes.EmbeddingSize % 4 == 0 && lane < count; lane += 4)
            {
                var pixel0 = Vector128.Load(left + lane);
                var pixel1 = Vector128.Load(left + lane + PanelWidth);
                var pixel2 = Vector128.Load(right + lane);
                var pixel3 = Vector128.Load(right + lane + PanelWidth);
                PanelKernels.Transpose4(ref pixel0, ref pixel1, ref pixel2, ref pixel3);
                var place = target + Offset(first + lane);
                pixel0.Store(place);
                pixel1.Store(place + SubPixels);
                pixel2.Store(place + (2 * SubPixels));
                pixel3.Store(place + (3 * SubPixels));
            }

            for (; lane < count; lane++)
            {
                Vector128.Create(left[lane], left[lane + PanelWidth], right[lane], right[lane + PanelWidth]).Store(target + Offset(
                    first + lane));
            }
        }
    }

    /// <summary>Where the first pixel of a token stands in a mask.</summary>
    private int Offset(int token)
    {
        var (y, x) = Math.DivRem(token, _sizes.EmbeddingSize);
        return ((y * _sizes.MaskSize) + x) * SubPixels;
    }
}
