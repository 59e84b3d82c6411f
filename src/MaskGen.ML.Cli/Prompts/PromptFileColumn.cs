namespace MaskGen.ML.Cli.Prompts;

/// <summary>A column of a file of prompts, or a key of its objects, under every name that it goes by.</summary>
/// <param name="Names">The names in lower case; ours first.</param>
internal sealed record PromptFileColumn(params string[] Names)
{
    public static readonly PromptFileColumn Image = new("image", "file_name", "filename", "image_path", "path");
    public static readonly PromptFileColumn Object = new("object", "object_id");
    public static readonly PromptFileColumn Label = new("label", "class", "category", "category_name", "class_name");
    public static readonly PromptFileColumn Score = new("score", "confidence");
    public static readonly PromptFileColumn Positive = new("positive", "foreground");
    public static readonly PromptFileColumn X0 = new("x0", "xmin", "x_min");
    public static readonly PromptFileColumn Y0 = new("y0", "ymin", "y_min");
    public static readonly PromptFileColumn X1 = new("x1", "xmax", "x_max");
    public static readonly PromptFileColumn Y1 = new("y1", "ymax", "y_max");
    public static readonly PromptFileColumn X = new("x", "left");
    public static readonly PromptFileColumn Y = new("y", "top");
    public static readonly PromptFileColumn Width = new("width", "w");
    public static readonly PromptFileColumn Height = new("height", "h");

    /// <summary>Every column.</summary>
    public static IReadOnlyList<PromptFileColumn> All { get; } =
        [Image, Object, Label, Score, Positive, X0, Y0, X1, Y1, X, Y, Width, Height];

    /// <summary>The column of a name, whatever its case; null if there is none.</summary>
    public static PromptFileColumn? Find(string name) => All.FirstOrDefault(
        column => column.Names.Contains(name.Trim().ToLowerInvariant(), StringComparer.Ordinal));
}
