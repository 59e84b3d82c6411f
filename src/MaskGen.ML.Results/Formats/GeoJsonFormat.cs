namespace MaskGen.ML.Results;

/// <summary>GeoJSON, a file per image.</summary>
internal sealed class GeoJsonFormat : FilePerImageFormat
{
    public override string Name => "geojson";

    public override string Description =>
        "GeoJSON, in pixels, or by the GeoTIFF tags of the image or the world file beside it, <image>.geojson";

    protected override ImageFile File { get; } = new(GeoJsonFile.Kind, ".geojson");

    protected override string Choices(ResultFormatOptions options) => options.ToleranceText;

    protected override string? ChoicesOf(string file, int page) => GeoReference.Of(file, page)?.Digest;

    protected override void Save(string path, ResultImage image, ResultStamp stamp, ResultRun run, ResultRemarks remarks) =>
        GeoJsonFile.Save(
            path,
            image.Path,
            image.Masks,
            GeoReference.Of(run.FileOf(image.Path), run.PageOf(image.Path)),
            run.Options.PolygonTolerance,
            stamp);
}
