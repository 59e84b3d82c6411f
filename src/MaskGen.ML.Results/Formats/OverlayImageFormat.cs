namespace MaskGen.ML.Results;

/// <summary>The image with its masks drawn over it.</summary>
internal sealed class OverlayImageFormat : ResultFormat
{
    private static readonly ImageFile Overlay = new(ResultKind.Overlay, ".overlay.png");

    public override string Name => "overlay";

    public override string Description => "the image with its masks drawn over it, candidates side by side, <image>.overlay.png";

    public override bool IsDefault => true;

    public override bool NeedsImage => true;

    public override bool ShowsSmaller => true;

    public override ImageFile FileOfImage => Overlay;

    public override ResultWriter Begin(ResultRun run) => new OverlayWriter(run);

    private sealed class OverlayWriter(ResultRun run) : ResultWriter
    {
        // Grows when overlays look otherwise, so that a resumed run draws older ones again.
        private const int Look = 2;

        // Canonical: it is compared.
        private string Drawing =>
            $"look={Look},numbers={Digit(run.Overlay.ShowNumbers)},prompts={Digit(run.Overlay.ShowPrompts)},"
            + $"original={Digit(run.Overlay.SideBySide)}";

        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var path = run.Claim(Overlay, image.Path);
            MaskOverlay.Save(path, image.Image, image.Masks, run.Overlay, StampOf(image.Origin));
            return [path];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks) =>
            PngFile.ReadWhole(run.Names.PathOf(path, Overlay.Ending))?.IsSameWork(StampOf(origin)) == true;

        private static int Digit(bool value) => value ? 1 : 0;

        private ResultStamp StampOf(ResultOrigin origin) => ResultStamp.Of(ResultKind.Overlay, origin) with { Drawing = Drawing };
    }
}
