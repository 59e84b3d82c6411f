using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Sizes of a mask decoder that follow from its configuration.</summary>
internal sealed class DecoderSizes
{
    public DecoderSizes(Sam2ModelConfig config)
    {
        var decoder = config.MaskDecoder;
        ImageSize = config.ImageSize;
        Hidden = config.HiddenSize;
        Heads = decoder.HeadCount;
        Cross = Hidden / decoder.AttentionDownsampleRate;
        HeadSize = Cross / Heads;
        Layers = decoder.LayerCount;
        EmbeddingSize = config.EmbeddingSize;
        ImageTokens = EmbeddingSize * EmbeddingSize;
        Panels = (ImageTokens + PanelKernels.PanelWidth - 1) / PanelKernels.PanelWidth;
        MaskTokens = decoder.MaskTokens;
        OutputTokens = MaskTokens + FirstMaskToken;
    }

    /// <summary>Token 0 tells whether there is an object, token 1 the predicted IoU, the masks follow.</summary>
    public const int IouToken = 1;

    public const int FirstMaskToken = 2;

    /// <summary>Side S of the model input.</summary>
    public int ImageSize { get; }

    /// <summary>Channels d of every token.</summary>
    public int Hidden { get; }

    /// <summary>Channels of the cross attentions, all heads together.</summary>
    public int Cross { get; }

    public int Heads { get; }

    /// <summary>Channels of one head of the cross attentions.</summary>
    public int HeadSize { get; }

    public int Layers { get; }

    /// <summary>Side of the image embedding.</summary>
    public int EmbeddingSize { get; }

    /// <summary>Image tokens.</summary>
    public int ImageTokens { get; }

    /// <summary>Panels that hold all image tokens, the last one perhaps in part.</summary>
    public int Panels { get; }

    public int MaskTokens { get; }

    /// <summary>Prompt-independent tokens, which stand before the points and alone are read at the end.</summary>
    public int OutputTokens { get; }

    /// <summary>Channels after the first and the second transposed convolution.</summary>
    public int FirstUpscaled => Hidden / 4;

    public int SecondUpscaled => Hidden / 8;

    /// <summary>Side of a low-resolution mask.</summary>
    public int MaskSize => EmbeddingSize * 4;

    public int MaskPixels => MaskSize * MaskSize;

    /// <summary>Floats from row to row of a token-major matrix: whole panels.</summary>
    public static int Stride(int columns) => (columns + PanelKernels.PanelWidth - 1) / PanelKernels.PanelWidth * PanelKernels.PanelWidth;

    /// <summary>Tiles that hold so many rows.</summary>
    public static int Tiles(int rows) => (rows + PanelKernels.TileRows - 1) / PanelKernels.TileRows;
}
