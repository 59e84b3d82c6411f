namespace MaskGen.ML;

/// <summary>What a user says about one object: points, a box, an earlier mask, or any of them together.</summary>
/// <remarks>Immutable and safe to share between threads, as long as nobody changes the lists that it was given. The order of the points
/// does not matter. A prompt is checked when it is decoded, against the image: a prompt that cannot mean anything is refused by name and
/// value.</remarks>
public sealed record Sam2Prompt
{
    /// <summary>Points that one prompt may have at most, 1,024: time and memory grow with their square.</summary>
    public static int MaximumPoints => 1024;

    /// <summary>Foreground and background points, in pixels of the original image, on the image or its edge: 0 to its width, 0 to its
    /// height. At most <see cref="MaximumPoints"/>.</summary>
    public IReadOnlyList<PointPrompt> Points { get; init; } = [];

    /// <summary>A box around the object, in pixels of the original image, or null. Must have area and overlap the image; it may reach
    /// beyond the image, as boxes of detectors do, by up to a million pixels.</summary>
    public BoxXyxy? Box { get; init; }

    /// <summary>An earlier mask of the object, or null (or empty) for none: low-resolution mask logits, float32 [S/4, S/4] row-major,
    /// finite, as <see cref="DecodedMask.LowResolutionMaskLogits"/> gives them. Clamped to +-32 before use, as SAM 2 does.</summary>
    public ReadOnlyMemory<float>? MaskLogits { get; init; }

    internal bool HasMask => MaskLogits is { IsEmpty: false };

    /// <summary>One foreground point.</summary>
    public static Sam2Prompt FromPoint(float x, float y) => new() { Points = [new PointPrompt(x, y)] };

    /// <summary>One box.</summary>
    public static Sam2Prompt FromBox(BoxXyxy box) => new() { Box = box };
}
