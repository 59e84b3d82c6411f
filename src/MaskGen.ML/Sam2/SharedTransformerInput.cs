using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The image tokens that a transformer begins with.</summary>
/// <param name="Image">[1, N, d] where all prompts of the batch share them, otherwise [B, N, d]; dense prompt embedding included.</param>
/// <param name="First">What is computed of shared ones once per image; null where each prompt has its own.</param>
internal readonly record struct SharedTransformerInput(GraphValue Image, FirstImageProjections? First);

/// <summary>What the first layer wants of image tokens that all prompts share.</summary>
/// <param name="Keys">As <see cref="ImageAttention.Keys"/> gives them.</param>
/// <param name="Values">As <see cref="ImageAttention.Values"/> gives them.</param>
/// <param name="Queries">As <see cref="ImageAttention.Queries"/> gives them.</param>
internal sealed record FirstImageProjections(GraphValue Keys, GraphValue Values, GraphValue Queries);
