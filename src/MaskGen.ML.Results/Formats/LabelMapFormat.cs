namespace MaskGen.ML.Results;

/// <summary>A label map per image.</summary>
internal sealed class LabelMapFormat : FilePerImageFormat
{
    /// <summary>The map, which <see cref="MaskImagesFormat"/> writes too.</summary>
    public static readonly ImageFile Labels = new(ResultKind.Labels, ".labels.png");

    public override string Name => "labelmap";

    public override string Description => "a label map, <image>.labels.png";

    protected override ImageFile File => Labels;

    protected override void Save(string path, ResultImage image, ResultStamp stamp, ResultRun run, ResultRemarks remarks) =>
        LabelMapFile.Save(path, image.Masks, stamp with { MaskCount = image.Masks.Count });

    protected override ResultStamp? ReadWhole(string path) => PngFile.ReadWhole(path);
}
