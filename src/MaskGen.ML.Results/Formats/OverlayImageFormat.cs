namespace MaskGen.ML.Results;

/// <summary>The image with its masks drawn over it.</summary>
internal sealed class OverlayImageFormat : ResultFormat
{
    private static readonly ImageFile Overlay = new(ResultKind.Overlay, ".overlay.png");

    public override string Name => "overlay";

    public override string Description => "the image with its masks drawn over it, <image>.overlay.png";

    public override bool IsDefault => true;

    public override bool NeedsImage => true;

    public override ImageFile FileOfImage => Overlay;

    public override ResultWriter Begin(ResultRun run) => new OverlayWriter(run);

    private sealed class OverlayWriter(ResultRun run) : ResultWriter
    {
        // Canonical: it is compared.
        private string Drawing => $"numbers={(run.Overlay.ShowNumbers ? 1 : 0)},prompts={(run.Overlay.ShowPrompts ? 1 : 0)}";

        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var path = run.Claim(Overlay, image.Path);
            MaskOverlay.Save(path, image.Image, image.Masks, run.Overlay, StampOf(image.Origin));
            return [path];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks) =>
            PngFile.ReadWhole(run.Names.PathOf(path, Overlay.Ending))?.IsSameWork(StampOf(origin)) == true;

        private ResultStamp StampOf(ResultOrigin origin) => ResultStamp.Of(ResultKind.Overlay, origin) with { Drawing = Drawing };
    }
}
