namespace MaskGen.ML.Results;

/// <summary>LabelMe's annotations, a file per image.</summary>
internal sealed class LabelMeFormat : FilePerImageFormat
{
    public override string Name => "labelme";

    public override string Description => "LabelMe's annotations, <image>.json";

    protected override ImageFile File { get; } = new(LabelMeJson.Kind, ".json") { IsNamedAsImage = true };

    protected override string Choices(ResultFormatOptions options) => options.ShapesText(ShapeForm.Polygons);

    protected override void Save(string path, ResultImage image, ResultStamp stamp, ResultRun run, ResultRemarks remarks)
    {
        remarks.CountEmpty(image.Masks);
        LabelMeJson.Save(
            path,
            run.WayTo(image.Path, path),
            image.Masks,
            run.Options.Shapes ?? ShapeForm.Polygons,
            run.Options.PolygonTolerance,
            stamp);
    }
}
