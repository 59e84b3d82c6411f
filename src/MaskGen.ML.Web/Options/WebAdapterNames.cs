namespace MaskGen.ML.Web;

/// <summary>The programs whose interfaces can be served.</summary>
internal static class WebAdapterNames
{
    public const string LabelStudio = "label-studio";

    public const string XAnyLabeling = "x-anylabeling";

    public const string Cvat = "cvat";

    public static IReadOnlyList<string> All { get; } = [LabelStudio, XAnyLabeling, Cvat];
}
