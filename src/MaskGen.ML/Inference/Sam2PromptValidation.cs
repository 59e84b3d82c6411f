using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Refuses prompts that cannot mean anything, with the index of the prompt and what was expected.</summary>
internal static class Sam2PromptValidation
{
    /// <exception cref="ArgumentException">See the message.</exception>
    public static void Validate(EncodedImage image, IReadOnlyList<Sam2Prompt> prompts, Sam2ModelConfig config, string? fingerprint)
    {
        var embedding = config.HiddenSize * config.EmbeddingSize * config.EmbeddingSize;
        if (image.InputSize != config.ImageSize || image.ImageEmbedding.Length != embedding)
        {
            throw new ArgumentException(
                $"Expected an image encoded by this model (input {config.ImageSize}, {embedding} embedding values), found input {image.InputSize} with {image.ImageEmbedding.Length}.",
                nameof(image));
        }

        // Two models of one architecture differ in nothing else.
        if (image.ModelFingerprint is { } encodedBy && fingerprint is not null && encodedBy != fingerprint)
        {
            throw new ArgumentException($"Expected an image encoded by this model ({fingerprint}), found one encoded by another ({encodedBy}).", nameof(image));
        }

        for (var i = 0; i < prompts.Count; i++)
        {
            if (Problem(prompts[i], config.MaskSize) is { } problem)
            {
                throw new ArgumentException($"Prompt {i}: {problem}", nameof(prompts));
            }
        }
    }

    private static string? Problem(Sam2Prompt? prompt, int maskSize)
    {
        if (prompt is null)
        {
            return "expected a prompt, found null.";
        }

        if (prompt.Points.Count == 0 && prompt.Box is null && !prompt.HasMask)
        {
            return "expected a point, a box or a mask, found none.";
        }

        foreach (var point in prompt.Points)
        {
            if (point.Label is not (PointLabel.Foreground or PointLabel.Background))
            {
                return $"expected the label Foreground (1) or Background (0), found {point.Label} ({(int)point.Label}).";
            }

            if (!float.IsFinite(point.X) || !float.IsFinite(point.Y))
            {
                return $"expected a finite point, found ({point.X}, {point.Y}).";
            }
        }

        return BoxProblem(prompt.Box) ?? MaskProblem(prompt.MaskLogits, maskSize);
    }

    private static string? BoxProblem(BoxXyxy? box) => box switch
    {
        null => null,
        { } b when !float.IsFinite(b.X0) || !float.IsFinite(b.Y0) || !float.IsFinite(b.X1) || !float.IsFinite(b.Y1) => $"expected a finite box, found {b}.",
        { } b when b.X1 < b.X0 || b.Y1 < b.Y0 => $"expected a box from its upper left to its lower right corner, found {b}.",
        _ => null,
    };

    private static string? MaskProblem(ReadOnlyMemory<float>? logits, int maskSize) =>
        logits is { IsEmpty: false } mask && mask.Length != maskSize * maskSize
            ? $"expected {maskSize}x{maskSize} = {maskSize * maskSize} mask logits, found {mask.Length}."
            : null;
}
