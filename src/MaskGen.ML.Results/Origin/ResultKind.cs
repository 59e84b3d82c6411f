namespace MaskGen.ML.Results;

/// <summary>What a file of results is, by the name that its stamp carries. Two kinds of one name are equal.</summary>
/// <param name="Name">Such as <c>records</c>.</param>
internal sealed record ResultKind(string Name)
{
    /// <summary>SAM 2's records of one image.</summary>
    public static ResultKind Records { get; } = new("records");

    /// <summary>An image with its masks drawn over it.</summary>
    public static ResultKind Overlay { get; } = new("overlay");

    /// <summary>The label map of one image.</summary>
    public static ResultKind Labels { get; } = new("labels");

    /// <summary>One mask as an image.</summary>
    public static ResultKind Mask { get; } = new("mask");

    /// <summary>The page of one image.</summary>
    public static ResultKind Page { get; } = new("report");

    /// <summary>The page that lists the pages of a run.</summary>
    public static ResultKind PageList { get; } = new("index");

    /// <summary>A COCO data set.</summary>
    public static ResultKind Dataset { get; } = new("dataset");

    /// <summary>Finds out who wrote a file of this kind, from its beginning on and with <c>isThorough</c> as for
    /// <see cref="ResultFile.Inspect(Stream, ResultKind, bool)"/>; null for the kinds above, which that method knows.</summary>
    public Func<Stream, bool, ResultFileState>? Inspect { get; init; }

    /// <summary>Finds out who wrote a file of this kind by what lies beside it, for files that have no room for a stamp; null for all
    /// others. Path, and whether to read all of the file.</summary>
    public Func<string, bool, ResultFileState>? InspectFile { get; init; }

    /// <summary>Whether it is the image itself, as it was read: nothing is lost where the same content lies there already.</summary>
    public bool IsCopyOfImage { get; init; }

    public bool Equals(ResultKind? other) => other?.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Name;
}
