using MaskGen.ML.Checkpoints;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>All weights of prompt encoder and mask decoder, packed for the kernels. Immutable.</summary>
internal sealed unsafe class DecoderWeights : IDisposable
{
    // PyTorch's default, which the transformer's norms use.
    private const float TransformerNormEpsilon = 1e-5f;

    // Of the layer norm between the transposed convolutions.
    private const float UpscalingNormEpsilon = 1e-6f;

    public DecoderWeights(ICheckpoint checkpoint, Sam2ModelConfig config, PanelKernels kernels)
    {
        var reader = new WeightReader(checkpoint);
        var sizes = new DecoderSizes(config);
        var hidden = sizes.Hidden;
        Sizes = sizes;
        Points = new PromptEmbedder(reader, sizes);
        Masks = new MaskPromptEncoder(reader, sizes, config.PromptEncoder);
        NoMask = reader.Read("prompt_encoder.no_mask_embed.weight", 1, hidden).ToArray();
        OutputTokens =
        [
            .. reader.Read("mask_decoder.obj_score_token.weight", 1, hidden),
            .. reader.Read("mask_decoder.iou_token.weight", 1, hidden),
            .. reader.Read("mask_decoder.mask_tokens.weight", sizes.MaskTokens, hidden),
        ];

        const string transformer = "mask_decoder.transformer";
        string LayerName(int layer) => $"{transformer}.layers.{layer}";
        TwoWayLayerWeights Layer(int layer) => new(reader, LayerName(layer), sizes, config.MaskDecoder, TransformerNormEpsilon);
        Layers = [.. Enumerable.Range(0, sizes.Layers).Select(Layer)];
        FinalReader = new TokenToImageWeights(reader, $"{transformer}.final_attn_token_to_image", sizes);
        FinalNorm = reader.LayerNorm($"{transformer}.layer_norm_final_attn", hidden, TransformerNormEpsilon);

        var decoder = config.MaskDecoder;
        IouHead = reader.FeedForward(
            "mask_decoder.iou_prediction_head", hidden, decoder.IouHeadHiddenSize, sizes.MaskTokens, decoder.IouHeadDepth);
        ObjectHead = reader.FeedForward("mask_decoder.pred_obj_score_head", hidden, hidden, 1, 3);
        Hypernetworks = [.. Enumerable.Range(0, sizes.MaskTokens).Select(mask =>
            reader.FeedForward($"mask_decoder.output_hypernetworks_mlps.{mask}", hidden, hidden, sizes.SecondUpscaled, 3))];

        AttentionMatrices Attention(string name) => new(reader, name, hidden, sizes.Cross);
        var layers = Enumerable.Range(0, sizes.Layers).ToArray();
        using var positions = ImagePositions(reader, sizes);
        var algebra = new ProjectionComposer(
            sizes,
            [.. layers.Select(layer => Attention($"{LayerName(layer)}.cross_attn_image_to_token"))],
            [
                .. layers.Select(layer => Attention($"{LayerName(layer)}.cross_attn_token_to_image")),
                Attention($"{transformer}.final_attn_token_to_image"),
            ],
            [.. layers.Select(layer => reader.LayerNorm($"{LayerName(layer)}.layer_norm4", hidden, TransformerNormEpsilon))],
            positions);
        Passes = [.. Enumerable.Range(0, sizes.Layers + 1).Select(pass => algebra.BuildPass(pass, kernels))];
        Upscaling = new UpscalingWeights(reader, sizes, algebra, UpscalingNormEpsilon);
    }

    public DecoderSizes Sizes { get; }

    public PromptEmbedder Points { get; }

    public MaskPromptEncoder Masks { get; }

    /// <summary>[d] what stands in for a mask prompt on every image token.</summary>
    public float[] NoMask { get; }

    /// <summary>[output tokens, d]: object score, IoU, masks.</summary>
    public float[] OutputTokens { get; }

    public TwoWayLayerWeights[] Layers { get; }

    public TokenToImageWeights FinalReader { get; }

    public LayerNorm FinalNorm { get; }

    public FeedForward IouHead { get; }

    public FeedForward ObjectHead { get; }

    /// <summary>One per mask token: the weights of the mask's last, linear step.</summary>
    public FeedForward[] Hypernetworks { get; }

    /// <summary>Passes over the image tokens, one more than layers.</summary>
    public ImagePassWeights[] Passes { get; }

    public UpscalingWeights Upscaling { get; }

    public void Dispose()
    {
        Array.ForEach(Layers, layer => layer.Dispose());
        FinalReader.Dispose();
        IouHead.Dispose();
        ObjectHead.Dispose();
        Array.ForEach(Hypernetworks, network => network.Dispose());
        Array.ForEach(Passes, pass => pass.Dispose());
        Masks.Dispose();
        Upscaling.Dispose();
    }

    /// <summary>Position encodings of the image tokens' centers as panels [d, 32].</summary>
    private static AlignedBuffer ImagePositions(WeightReader reader, DecoderSizes sizes)
    {
        var gaussian = reader.Read("shared_image_embedding.positional_embedding", 2, sizes.Hidden / 2);
        var panels = new AlignedBuffer((long)sizes.Panels * sizes.Hidden * PanelKernels.PanelWidth);
        var encoding = new float[sizes.Hidden];
        for (var token = 0; token < sizes.ImageTokens; token++)
        {
            var (y, x) = Math.DivRem(token, sizes.EmbeddingSize);
            PromptEmbedder.EncodePosition(gaussian, (x + 0.5f) / sizes.EmbeddingSize, (y + 0.5f) / sizes.EmbeddingSize, encoding);
            var (panel, offset) = Math.DivRem(token, PanelKernels.PanelWidth);
            var lane = panels.Pointer + ((long)panel * sizes.Hidden * PanelKernels.PanelWidth) + offset;
            for (var channel = 0; channel < sizes.Hidden; channel++)
            {
                lane[channel * PanelKernels.PanelWidth] = encoding[channel];
            }
        }

        return panels;
    }
}
