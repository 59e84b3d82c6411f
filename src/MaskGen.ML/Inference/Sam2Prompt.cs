namespace MaskGen.ML;

/// <summary>What a user says about one object: points, a box, an earlier mask, or any of them together.</summary>
/// <remarks>Immutable and safe to share between threads. The order of the points does not matter.</remarks>
public sealed record Sam2Prompt
{
    /// <summary>Foreground and background points, in pixels of the original image.</summary>
    public IReadOnlyList<PointPrompt> Points { get; init; } = [];

    /// <summary>A box around the object, in pixels of the original image, or null.</summary>
    public BoxXyxy? Box { get; init; }

    /// <summary>An earlier mask of the object, or null (or empty) for none: low-resolution mask logits, float32 [S/4, S/4] row-major, as
    /// <see cref="DecodedMask.LowResolutionMaskLogits"/> gives them. Clamped to +-32 before use, as SAM 2 does.</summary>
    public ReadOnlyMemory<float>? MaskLogits { get; init; }

    internal bool HasMask => MaskLogits is { IsEmpty: false };

    /// <summary>One foreground point.</summary>
    public static Sam2Prompt FromPoint(float x, float y) => new() { Points = [new PointPrompt(x, y)] };

    /// <summary>One box.</summary>
    public static Sam2Prompt FromBox(BoxXyxy box) => new() { Box = box };
}
