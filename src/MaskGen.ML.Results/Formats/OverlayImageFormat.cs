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

    public override ResultWriter Begin(ResultRun run) => new OverlayWriter(run, this);

    private sealed class OverlayWriter(ResultRun run, OverlayImageFormat format) : ResultWriter
    {
        private const string WithoutNumber = "masks without a number, as little or nothing of them is seen";

        // Grows when overlays look otherwise, so that a resumed run draws older ones again.
        private const int Look = 3;

        private readonly ResultRemarks _remarks = new(format.Name);

        public override IEnumerable<string> Remarks => _remarks.Sentences;

        // Canonical: it is compared.
        private string Drawing =>
            $"look={Look},numbers={Digit(run.Overlay.ShowNumbers)},prompts={Digit(run.Overlay.ShowPrompts)},"
            + $"original={Digit(run.Overlay.SideBySide)}";

        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var path = run.Claim(Overlay, image.Path);
            var options = run.Overlay with { NumbersLeftOut = count => _remarks.Count(WithoutNumber, count) };
            MaskOverlay.Save(path, image.Image, image.Masks, options, StampOf(image.Origin));
            return [path];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks) =>
            PngFile.ReadWhole(run.Names.PathOf(path, Overlay.Ending))?.IsSameWork(StampOf(origin)) == true;

        private static int Digit(bool value) => value ? 1 : 0;

        private ResultStamp StampOf(ResultOrigin origin) => ResultStamp.Of(ResultKind.Overlay, origin) with { Drawing = Drawing };
    }
}
