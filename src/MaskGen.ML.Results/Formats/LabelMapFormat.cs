namespace MaskGen.ML.Results;

/// <summary>A label map per image.</summary>
internal sealed class LabelMapFormat : FilePerImageFormat
{
    /// <summary>The map, which <see cref="MaskImagesFormat"/> writes too.</summary>
    public static readonly ImageFile Labels = new(ResultKind.Labels, ".labels.png");

    public override string Name => "labelmap";

    public override string Description => "a label map, <image>.labels.png";

    public override bool IsOfPixels => true;

    protected override ImageFile File => Labels;

    /// <summary>The message for more masks than a map can tell apart.</summary>
    public static string TooMany(MaskSet masks) =>
        $"expected at most {LabelMap.MaximumMasks} masks for a label map, found {masks.Count}; json, coco and others take them all.";

    protected override void Save(string path, ResultImage image, ResultStamp stamp, ResultRun run, ResultRemarks remarks) =>
        LabelMapFile.Save(
            path,
            image.Masks.Count > LabelMap.MaximumMasks ? throw new InvalidDataException(TooMany(image.Masks)) : image.Masks,
            stamp with { MaskCount = image.Masks.Count });

    protected override ResultStamp? ReadWhole(string path) => PngFile.ReadWhole(path);
}
