using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Rejects invalid images and prompts, with the index of the prompt, what was expected and what was
/// found.</summary>
/// <remarks>A point on the very edge of the image counts as on it, so a coordinate may equal the width or height: points that were clamped
/// to an image end there. Whether the values of an embedding are finite is checked where it is prepared, once per image.</remarks>
internal static class Sam2PromptValidation
{
    /// <summary>How far a box may reach beyond the image, in pixels: after scaling to the model's input everything is finite by
    /// far.</summary>
    private const float LargestOverhang = 1_000_000;

    /// <param name="image">The encoded image.</param>
    /// <param name="prompts">The prompts of one call, all of them: whether they are in pixels is decided from all of them.</param>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="fingerprint">Fingerprint of the model, or null if not known.</param>
    /// <param name="modelName">Name of the model for the message, or null.</param>
    /// <exception cref="ArgumentException">See the message.</exception>
    public static void Validate(
        EncodedImage image, IReadOnlyList<Sam2Prompt> prompts, Sam2ModelConfig config, string? fingerprint, string? modelName = null)
    {
        ValidateImage(image, config, fingerprint, modelName);
        for (var i = 0; i < prompts.Count; i++)
        {
            if (Problem(prompts[i], image.ImageSize, config.MaskSize) is { } problem)
            {
                throw new ArgumentException($"Prompt {i}: {problem}", nameof(prompts));
            }
        }

        ThrowIfNormalized(prompts, image.ImageSize);
    }

    private static void ValidateImage(EncodedImage image, Sam2ModelConfig config, string? fingerprint, string? modelName)
    {
        var embedding = config.HiddenSize * config.EmbeddingSize * config.EmbeddingSize;
        if (image.InputSize != config.ImageSize || image.EmbeddingLength != embedding)
        {
            throw new ArgumentException(
                $"Expected an image encoded by this model{InParentheses(modelName)}: input {config.ImageSize}, {embedding} embedding "
                + $"values. Found input {image.InputSize}, {image.EmbeddingLength} values.",
                nameof(image));
        }

        if (image.ImageSize is not { Width: > 0, Height: > 0 })
        {
            throw new ArgumentException($"Expected an image of at least 1x1 pixels, found {image.ImageSize}.", nameof(image));
        }

        // Two models of one architecture differ in nothing else.
        if (image.ModelFingerprint is { } encodedBy && fingerprint is not null && encodedBy != fingerprint)
        {
            var name = modelName is null ? string.Empty : $"{modelName}, ";
            throw new ArgumentException(
                $"Expected an image encoded by this model ({name}fingerprint {fingerprint}), found one encoded by another model "
                + $"(fingerprint {encodedBy}) or in another precision: encode the image again with this one.",
                nameof(image));
        }
    }

    private static string? Problem(Sam2Prompt? prompt, ImageSize image, int maskSize)
    {
        if (prompt is null)
        {
            return "expected a prompt, found null.";
        }

        if (prompt.Points is null)
        {
            return "expected a list of points, found null.";
        }

        if (prompt.Points.Count == 0 && prompt.Box is null && !prompt.HasMask)
        {
            return "expected a point, a box or a mask, found none.";
        }

        return PointsProblem(prompt.Points, image) ?? BoxProblem(prompt.Box, image) ?? MaskProblem(prompt.MaskLogits, maskSize);
    }

    private static string? PointsProblem(IReadOnlyList<PointPrompt> points, ImageSize image)
    {
        if (points.Count > Sam2Prompt.MaximumPoints)
        {
            return $"expected at most {Sam2Prompt.MaximumPoints} points, found {points.Count}.";
        }

        for (var i = 0; i < points.Count; i++)
        {
            var (x, y, label) = points[i];
            if (label is not (PointLabel.Foreground or PointLabel.Background))
            {
                return $"point {i}: expected the label Foreground (1) or Background (0), found {(int)label}.";
            }

            if (!float.IsFinite(x) || !float.IsFinite(y))
            {
                return FormattableString.Invariant($"point {i}: expected a finite point, found ({x}, {y}).");
            }

            if (x < 0 || y < 0 || x > image.Width || y > image.Height)
            {
                return FormattableString.Invariant($"point {i}: expected a point on the image of {image} pixels ")
                    + FormattableString.Invariant($"(x from 0 to {image.Width}, y from 0 to {image.Height}), found ({x}, {y}).");
            }
        }

        return null;
    }

    private static string? BoxProblem(BoxXyxy? box, ImageSize image)
    {
        if (box is not { } b)
        {
            return null;
        }

        var found = FormattableString.Invariant($"found ({b.X0}, {b.Y0}) to ({b.X1}, {b.Y1}).");
        if (!float.IsFinite(b.X0) || !float.IsFinite(b.Y0) || !float.IsFinite(b.X1) || !float.IsFinite(b.Y1))
        {
            return $"expected a finite box, {found}";
        }

        if (b.X1 < b.X0 || b.Y1 < b.Y0)
        {
            return $"expected a box from its upper left to its lower right corner; these are swapped: {found}";
        }

        if (!(b.X1 > b.X0 && b.Y1 > b.Y0))
        {
            return $"expected a box with area (X1 above X0, Y1 above Y0), {found}";
        }

        if (b.X1 <= 0 || b.Y1 <= 0 || b.X0 >= image.Width || b.Y0 >= image.Height)
        {
            return $"expected a box that overlaps the image of {image} pixels, {found}";
        }

        var limit = LargestOverhang;
        return b.X0 < -limit || b.Y0 < -limit || b.X1 > image.Width + limit || b.Y1 > image.Height + limit
            ? $"expected a box that reaches at most {limit:0} pixels beyond the image of {image} pixels, {found}"
            : null;
    }

    private static string? MaskProblem(ReadOnlyMemory<float>? logits, int maskSize)
    {
        if (logits is not { IsEmpty: false } mask)
        {
            return null;
        }

        if (mask.Length != maskSize * maskSize)
        {
            return $"expected {maskSize}x{maskSize} = {maskSize * maskSize} mask logits, found {mask.Length}.";
        }

        var values = mask.Span;
        var index = FiniteValues.IndexOfOther(values);
        return index < 0
            ? null
            : FormattableString.Invariant($"expected finite mask logits, found {values[index]} at index {index} ")
                + FormattableString.Invariant($"(row {index / maskSize}, column {index % maskSize}).");
    }

    // Coordinates in [0, 1] are what other libraries take; read as pixels they all mean the corner of the image.
    private static void ThrowIfNormalized(IReadOnlyList<Sam2Prompt> prompts, ImageSize image)
    {
        var (hasBox, hasFraction) = (false, false);
        if (image is { Width: 1, Height: 1 })
        {
            return;
        }

        foreach (var prompt in prompts)
        {
            hasBox |= prompt.Box is not null;
            foreach (var value in Coordinates(prompt))
            {
                if (value is < 0 or > 1)
                {
                    return;
                }

                hasFraction |= value is > 0 and < 1;
            }
        }

        // Whole numbers alone may well be pixels: a click on the very first one.
        if (hasBox || hasFraction)
        {
            throw new ArgumentException(
                $"Expected coordinates in pixels of the image ({image}), found none outside 0 to 1: multiply normalized coordinates by the "
                + "image's width and height.",
                nameof(prompts));
        }
    }

    private static IEnumerable<float> Coordinates(Sam2Prompt prompt)
    {
        foreach (var point in prompt.Points)
        {
            yield return point.X;
            yield return point.Y;
        }

        if (prompt.Box is { } box)
        {
            yield return box.X0;
            yield return box.Y0;
            yield return box.X1;
            yield return box.Y1;
        }
    }

    private static string InParentheses(string? name) => name is null ? string.Empty : $" ({name})";
}
