using System.Numerics.Tensors;

namespace MaskGen.ML.Inference;

/// <summary>Brings prompts into the frame of the model input and groups those that may be decoded together.</summary>
internal static class PromptBatcher
{
    // What SAM 2 clamps logits to before it takes them as a mask prompt.
    private const float MaskLogitLimit = 32;

    // Memory of a batch grows with its points: prompts of many points come in smaller batches.
    private const int MostPointsPerBatch = 2048;

    /// <summary>Groups prompts by point count and by whether they have a mask, in batches of at most <paramref name="batchSize"/>, fewer
    /// where prompts have many points.</summary>
    /// <returns>Batches with the indices, into <paramref name="prompts"/>, of their prompts.</returns>
    public static IEnumerable<(PromptBatch Batch, int[] Indices)> Group(
        IReadOnlyList<Sam2Prompt> prompts,
        ImageSize imageSize,
        int inputSize,
        int batchSize,
        MaskOutput output = MaskOutput.Multimask) =>
        Enumerable.Range(0, prompts.Count)
            .GroupBy(index => (Points: TokenCount(prompts[index]), prompts[index].HasMask))
            .SelectMany(group => group.Chunk(Math.Clamp(MostPointsPerBatch / group.Key.Points, 1, batchSize))
                .Select(indices => (Build(prompts, indices, group.Key.Points, group.Key.HasMask, imageSize, inputSize, output), indices)));

    /// <summary>Brings logits into the range that the model takes as a mask prompt.</summary>
    public static void ClampMaskInput(Span<float> logits) => TensorPrimitives.Clamp(logits, -MaskLogitLimit, MaskLogitLimit, logits);

    // Box corners and the one padding point count as points.
    private static int TokenCount(Sam2Prompt prompt) => prompt.Points.Count + (prompt.Box is null ? 0 : 2) + 1;

    private static PromptBatch Build(
        IReadOnlyList<Sam2Prompt> prompts,
        int[] indices,
        int points,
        bool hasMask,
        ImageSize imageSize,
        int inputSize,
        MaskOutput output)
    {
        var (scaleX, scaleY) = ((float)inputSize / imageSize.Width, (float)inputSize / imageSize.Height);
        var coordinates = new float[indices.Length * points * 2];
        var labels = new PromptTokenLabel[indices.Length * points];
        var maskPixels = inputSize / 4 * (inputSize / 4);
        var masks = hasMask ? new float[indices.Length * maskPixels] : [];
        for (var i = 0; i < indices.Length; i++)
        {
            var prompt = prompts[indices[i]];
            var slot = i * points;
            if (prompt.Box is { } box)
            {
                Put(box.X0, box.Y0, PromptTokenLabel.BoxTopLeft);
                Put(box.X1, box.Y1, PromptTokenLabel.BoxBottomRight);
            }

            foreach (var point in prompt.Points)
            {
                Put(point.X, point.Y, (PromptTokenLabel)point.Label);
            }

            labels[slot] = PromptTokenLabel.Padding;
            if (prompt.MaskLogits is { IsEmpty: false } logits)
            {
                logits.Span.CopyTo(masks.AsSpan(i * maskPixels));
            }

            void Put(float x, float y, PromptTokenLabel label)
            {
                coordinates[2 * slot] = x * scaleX;
                coordinates[(2 * slot) + 1] = y * scaleY;
                labels[slot++] = label;
            }
        }

        ClampMaskInput(masks);
        return new PromptBatch(points, coordinates, labels, masks) { Output = output };
    }
}
