using MaskGen.ML.Files;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Each object on transparency, and a list of where each lies.</summary>
internal sealed class CutoutFormat : ResultFormat
{
    // Each is an image in memory and a file that is open for a moment.
    private const int CutoutsAtOnce = 8;

    // Written last, so that it says that all cut-outs are there.
    private static readonly ImageFile Listing = new(CutoutList.Kind, ".cutouts.json");
    private static readonly MaskFile Single = new(CutoutList.CutoutKind, ".cutout-");

    public override string Name => "cutout";

    public override string Description => "each object on transparency, <image>.cutout-0001.png, and a list of where each lies";

    public override bool NeedsImage => true;

    public override ImageFile FileOfImage => Listing;

    public override MaskFile FileOfMask => Single;

    public override ResultWriter Begin(ResultRun run) => new CutoutWriter(run, this);

    private sealed class CutoutWriter(ResultRun run, CutoutFormat format) : ResultWriter
    {
        private readonly ResultRemarks _remarks = new(format.Name);

        public override IEnumerable<string> Remarks => _remarks.Sentences;

        // Canonical: it is compared.
        private string Choices =>
            FormattableString.Invariant($"canvas={(run.Options.CutoutCanvas ? 1 : 0)},edge={run.Options.CutoutSoftEdge}");

        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var (list, masks) = (run.Claim(Listing, image.Path), image.Masks);
            File.Delete(list);
            _remarks.CountEmpty(masks);
            var cutouts = Enumerable.Range(1, masks.Count)
                .Where(number => masks[number - 1].Area > 0)
                .Select(number => (number, masks[number - 1], Path.GetFileName(PathOf(image.Path, number)), Frame(masks[number - 1])))
                .ToList();
            foreach (var some in cutouts.Chunk(CutoutsAtOnce))
            {
                WriteCutouts(image, [.. some.Select(cutout => cutout.number)]);
            }

            // An earlier run may have found more, or none of them empty.
            var written = cutouts.Select(cutout => cutout.number).ToHashSet();
            foreach (var number in run.LeftOverMasks(Single, image.Path, 0).Where(number => !written.Contains(number)))
            {
                File.Delete(Claim(image.Path, number));
            }

            CutoutList.Save(list, cutouts, StampOf(CutoutList.Kind, image.Origin) with { MaskCount = cutouts.Count });
            return [.. cutouts.Select(cutout => PathOf(image.Path, cutout.number)), list];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks)
        {
            var list = run.Names.PathOf(path, Listing);
            return StampedJson.Form.ReadWhole(list)?.IsSameWork(StampOf(CutoutList.Kind, origin)) == true
                && CutoutList.ReadNumbers(list).All(number =>
                    PngFile.ReadWhole(PathOf(path, number)) is { } stamp
                    && stamp.MaskNumber == number
                    && stamp.IsSameWork(StampOf(CutoutList.CutoutKind, origin)));
        }

        private PixelExtent Frame(MaskRecord mask) =>
            CutoutImage.Frame(mask.Segmentation, run.Options.CutoutSoftEdge, run.Options.CutoutCanvas);

        private ResultStamp StampOf(ResultKind kind, ResultOrigin origin) => ResultStamp.Of(kind, origin) with { Drawing = Choices };

        private string PathOf(string image, int number) => run.Names.PathOfMask(image, number, Single.Infix);

        private string Claim(string image, int number)
        {
            var path = PathOf(image, number);
            run.ThrowUnlessReplaceable(path, CutoutList.CutoutKind, image);
            return path;
        }

        private void WriteCutouts(ResultImage image, int[] numbers)
        {
            var files = new List<AtomicFile>();
            try
            {
                foreach (var number in numbers)
                {
                    var file = new AtomicFile(Claim(image.Path, number));
                    files.Add(file);
                    var mask = image.Masks[number - 1];
                    var stamp = StampOf(CutoutList.CutoutKind, image.Origin) with { MaskNumber = number };
                    CutoutImage.Write(file.Stream, image.Image, mask.Segmentation, Frame(mask), run.Options.CutoutSoftEdge, stamp);
                }

                AtomicFile.CompleteAll(files);
            }
            finally
            {
                files.ForEach(file => file.Dispose());
            }
        }
    }
}
