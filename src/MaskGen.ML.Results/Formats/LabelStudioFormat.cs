namespace MaskGen.ML.Results;

/// <summary>Tasks of Label Studio with predictions, a file per image.</summary>
internal sealed class LabelStudioFormat : FilePerImageFormat
{
    public override string Name => "labelstudio";

    public override string Description => "a task of Label Studio with predictions, <image>.labelstudio.json";

    protected override ImageFile File { get; } = new(LabelStudioTask.Kind, ".labelstudio.json");

    protected override string Choices(ResultFormatOptions options) =>
        $"{options.ShapesText(ShapeForm.Polygons)},address={options.ImageAddress}";

    protected override void Save(string path, ResultImage image, ResultStamp stamp, ResultRun run, ResultRemarks remarks)
    {
        remarks.CountEmpty(image.Masks);
        var name = image.Path;

        // Before a name alone, as of a file that was uploaded, stands nothing; in an address it is escaped.
        var address = run.Options.ImageAddress.Length == 0
            ? name
            : run.Options.ImageAddress + string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        LabelStudioTask.Save(
            path,
            address,
            image.Origin.Model,
            image.Masks,
            run.Options.Shapes ?? ShapeForm.Polygons,
            run.Options.PolygonTolerance,
            stamp);
    }
}
