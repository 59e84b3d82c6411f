namespace MaskGen.ML.Stages;

/// <summary>The names of all columns that stages write beside the one that the user names: the one place where they stand.</summary>
/// <remarks>To add a column: its name here, its values where the stage's other columns are made, a line in the estimator's
/// remarks.</remarks>
internal static class ColumnNames
{
    public const string ImageSize = "ImageSize";
    public const string HighResolutionFeatures0 = "HighResolutionFeatures0";
    public const string HighResolutionFeatures1 = "HighResolutionFeatures1";

    public const string PredictedIou = "PredictedIou";
    public const string StabilityScore = "StabilityScore";
    public const string Area = "Area";
    public const string BoundingBox = "BoundingBox";
    public const string CocoRle = "CocoRle";

    public const string Object = "Object";
    public const string ObjectScoreLogit = "ObjectScoreLogit";
    public const string LowResolutionMaskLogits = "LowResolutionMaskLogits";

    public const string Index = "Index";
    public const string RelativeArea = "RelativeArea";
    public const string MeanColor = "MeanColor";
    public const string Image = "Image";

    /// <summary>Where failed rows are marked, in every stage.</summary>
    public const string Error = "Error";

    /// <summary>Beside a preprocessed image.</summary>
    public static IReadOnlyList<string> Preprocessed { get; } = [ImageSize];

    /// <summary>Beside an embedding.</summary>
    public static IReadOnlyList<string> Encoded { get; } = [HighResolutionFeatures0, HighResolutionFeatures1, ImageSize];

    /// <summary>Beside the masks of an image.</summary>
    public static IReadOnlyList<string> Masks { get; } = [PredictedIou, StabilityScore, Area, BoundingBox, CocoRle, ImageSize];

    /// <summary>Beside the masks that answer prompts.</summary>
    public static IReadOnlyList<string> Decoded { get; } = [.. Masks, Object, ObjectScoreLogit, LowResolutionMaskLogits];

    /// <summary>Beside one mask, without those that need an image.</summary>
    public static IReadOnlyList<string> Expanded { get; } =
        [Index, PredictedIou, StabilityScore, Area, RelativeArea, BoundingBox, CocoRle, ImageSize];

    /// <summary>Beside one mask and its image, the last only on request.</summary>
    public static IReadOnlyList<string> ExpandedWithImage { get; } = [.. Expanded, MeanColor, Image];

    /// <summary>Name of a column beside another.</summary>
    /// <param name="name">The column that the user has named.</param>
    /// <param name="companion">What stands beside it: one of the names above.</param>
    public static string Of(string name, string companion) => $"{name}.{companion}";
}
