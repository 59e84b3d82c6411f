namespace MaskGen.ML.Results;

/// <summary>The formats that a run can write. A new one is a class that derives from <see cref="ResultFormat"/>, and a line here.</summary>
internal static class ResultFormats
{
    /// <summary>All formats, in the order in which a run writes them.</summary>
    public static IReadOnlyList<ResultFormat> All { get; } =
    [
        new RecordsFormat(),
        new OverlayImageFormat(),
        new PageFormat(),
        new LabelMapFormat(),
        new MaskImagesFormat(),
        new DatasetFormat(),
        new YoloFormat(),
        new LabelMeFormat(),
        new CvatFormat(),
        new LabelStudioFormat(),
        new GeoJsonFormat(),
        new CutoutFormat(),
        new SvgFormat(),
        new TableFormat(),
    ];

    /// <summary>The format of a name, whatever its case; null if there is none.</summary>
    public static ResultFormat? Find(string name) =>
        All.FirstOrDefault(format => string.Equals(format.Name, name, StringComparison.OrdinalIgnoreCase));
}
