using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>What a user says about one object: points, a box, an earlier mask, or any of them together.</summary>
/// <remarks>Immutable and safe to share between threads, as long as nobody changes the memory of <see cref="MaskLogits"/>, which is not
/// copied. Two prompts are equal when their points, in the same order, their boxes, the values of their masks, their labels and their
/// scores are. A prompt is checked when it is decoded, against the image: one that cannot mean anything is refused by name and
/// value.</remarks>
public sealed record Sam2Prompt
{
    private readonly IReadOnlyList<PointPrompt> _points = [];

    /// <summary>Points that one prompt may have at most, 1,024: time and memory grow with their square.</summary>
    public static int MaximumPoints => 1024;

    /// <summary>Foreground and background points, in pixels of the original image, on the image or its edge: 0 to its width, 0 to its
    /// height. At most <see cref="MaximumPoints"/>; their order does not change the masks. Copied when set.</summary>
    public IReadOnlyList<PointPrompt> Points
    {
        get => _points;

        // Null is kept, so that decoding says which prompt of many has it.
        init => _points = value is null ? null! : Array.AsReadOnly([.. value]);
    }

    /// <summary>A box around the object, in pixels of the original image, or null. Must have area and overlap the image; it may reach
    /// beyond the image, as boxes of detectors do, by up to a million pixels.</summary>
    public BoxXyxy? Box { get; init; }

    /// <summary>An earlier mask of the object, or null (or empty) for none: low-resolution mask logits, float32 [S/4, S/4] row-major,
    /// finite, as <see cref="DecodedMask.LowResolutionMaskLogits"/> gives them. Clamped to +-32 before use, as SAM 2 does. SAM 2 expects a
    /// point or a box beside it: alone it gives poor masks.</summary>
    public ReadOnlyMemory<float>? MaskLogits { get; init; }

    /// <summary>What the object is, such as the class that a detector gives with its box; null for none. Does not change the masks:
    /// <see cref="Sam2PromptDecoder.Segment"/> puts it into <see cref="MaskRecord.Label"/>.</summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string? Label
    {
        get;
        init => field = LabelText.Valid(value);
    }

    /// <summary>How sure whoever made the prompt is of the object, such as the score of a detector's box; null if unknown. Does not change
    /// the masks: <see cref="Sam2PromptDecoder.Segment"/> puts it into <see cref="MaskRecord.PromptScore"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN or infinite.</exception>
    public double? Score
    {
        get;
        init => field = LabelText.Valid(value);
    }

    internal bool HasMask => MaskLogits is { IsEmpty: false };

    /// <summary>One foreground point.</summary>
    public static Sam2Prompt FromPoint(float x, float y) => new() { Points = [new PointPrompt(x, y)] };

    /// <summary>One box.</summary>
    public static Sam2Prompt FromBox(BoxXyxy box) => new() { Box = box };

    /// <summary>Whether another prompt has the same points in the same order, the same box, label and score, and the same mask, value by
    /// value.</summary>
    /// <param name="other">The other prompt, or null.</param>
    public bool Equals(Sam2Prompt? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && (Box, Label, Score) == (other.Box, other.Label, other.Score)
            && (Points is null ? other.Points is null : other.Points is not null && Points.SequenceEqual(other.Points))
            && Logits.SequenceEqual(other.Logits));

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Box);
        hash.Add(Label);
        hash.Add(Logits.Length);
        foreach (var point in Points ?? [])
        {
            hash.Add(point);
        }

        return hash.ToHashCode();
    }

    private ReadOnlySpan<float> Logits => MaskLogits is { } logits ? logits.Span : default;
}
