namespace MaskGen.ML.Web;

/// <summary>What a person has drawn on an image: the content of a <c>.annotations.json</c> file.</summary>
internal sealed record AnnotationDocument
{
    public const string FormatName = "maskgen.annotations";

    public const int CurrentVersion = 1;

    public string? Format { get; init; }

    public int Version { get; init; }

    /// <summary>Name of the image, with slashes.</summary>
    public string? Image { get; init; }

    public int Width { get; init; }

    public int Height { get; init; }

    public string? Model { get; init; }

    /// <summary><c>edited</c> or <c>accepted</c>.</summary>
    public string? State { get; init; }

    /// <summary>The palette, in the order of the digits that assign labels.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    public IReadOnlyList<AnnotatedObject>? Objects { get; init; }

    /// <summary>Whether the objects come from a file of results, and nothing was saved yet; never in a file.</summary>
    public bool? FromFile { get; init; }
}

/// <summary>An object that a person has drawn or accepted.</summary>
internal sealed record AnnotatedObject
{
    public string? Id { get; init; }

    public string? Label { get; init; }

    public MaskText? Segmentation { get; init; }

    public float? Iou { get; init; }

    public float? Stability { get; init; }

    /// <summary>x and y in pixels of the image.</summary>
    public IReadOnlyList<float[]>? Points { get; init; }

    /// <summary>1 include, 0 exclude.</summary>
    public IReadOnlyList<int>? PointLabels { get; init; }

    /// <summary>Left, top, right, bottom in pixels of the image.</summary>
    public float[]? Box { get; init; }

    public string? Source { get; init; }

    public bool? Visible { get; init; }
}

/// <summary>A mask as text.</summary>
/// <param name="Size">Height and width, as COCO has it.</param>
/// <param name="Counts">COCO's compressed run lengths.</param>
internal sealed record MaskText(int[]? Size, string? Counts)
{
    public static MaskText Of(RunLengthEncoding mask) => new([mask.Size.Height, mask.Size.Width], CocoRle.Encode(mask));
}
