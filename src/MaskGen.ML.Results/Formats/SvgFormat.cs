namespace MaskGen.ML.Results;

/// <summary>Drawings of the masks, a file per image.</summary>
internal sealed class SvgFormat : FilePerImageFormat
{
    public override string Name => "svg";

    public override string Description => "a drawing with a path per mask, <image>.svg";

    protected override ImageFile File { get; } = new(SvgFile.Kind, ".svg");

    protected override string Choices(ResultFormatOptions options) =>
        FormattableString.Invariant($"tolerance={options.PolygonTolerance ?? 0:R}");

    protected override void Save(string path, ResultImage image, ResultStamp stamp, ResultRun run, ResultRemarks remarks) =>
        SvgFile.Save(path, image.Path, image.Masks, run.Options.PolygonTolerance ?? 0, stamp);

    protected override ResultStamp? ReadWhole(string path) => StampedXml.Form.ReadWhole(path);
}
