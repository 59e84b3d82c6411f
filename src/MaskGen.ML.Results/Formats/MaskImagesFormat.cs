using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>An image per mask, and the label map that numbers them and says how many there are.</summary>
internal sealed class MaskImagesFormat : ResultFormat
{
    // Each is a file that is open for a moment.
    private const int MasksAtOnce = 64;

    private static readonly MaskFile Single = new(ResultKind.Mask, ResultNames.MaskInfix);

    public override string Name => "png";

    public override string Description => "an image per mask, <image>.mask-0001.png, and the label map";

    public override bool IsOfPixels => true;

    // Written last, so that it says that all masks are there.
    public override ImageFile FileOfImage => LabelMapFormat.Labels;

    public override MaskFile FileOfMask => Single;

    public override ResultWriter Begin(ResultRun run) => new MaskImagesWriter(run);

    private sealed class MaskImagesWriter(ResultRun run) : ResultWriter
    {
        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var (labels, masks) = (run.Claim(LabelMapFormat.Labels, image.Path), image.Masks);

            if (masks.Count > LabelMap.MaximumMasks)
            {
                throw new InvalidDataException(LabelMapFormat.TooMany(masks));
            }

            // An older one must not say meanwhile that all masks are there.
            File.Delete(labels);
            foreach (var numbers in Enumerable.Range(1, masks.Count).Chunk(MasksAtOnce))
            {
                WriteMasks(image, numbers);
            }

            // An earlier run may have found more; what is left of it would pass for masks of this one.
            foreach (var number in run.LeftOverMasks(Single, image.Path, masks.Count))
            {
                File.Delete(ClaimMask(image.Path, number));
            }

            var stamp = ResultStamp.Of(ResultKind.Labels, image.Origin) with { MaskCount = masks.Count };
            LabelMapFile.Save(labels, masks, stamp);
            return [.. Enumerable.Range(1, masks.Count).Select(number => run.Names.PathOfMask(image.Path, number)), labels];
        }

        // The label map says how many masks belong to it.
        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks)
        {
            var labels = ReadSame(run.Names.PathOf(path, LabelMapFormat.Labels.Ending), ResultKind.Labels, origin);
            return labels is { MaskCount: { } count }
                && Enumerable.Range(1, count)
                    .All(number => ReadSame(run.Names.PathOfMask(path, number), ResultKind.Mask, origin)?.MaskNumber == number);
        }

        private static ResultStamp? ReadSame(string path, ResultKind kind, ResultOrigin origin) =>
            PngFile.ReadWhole(path) is { } stamp && stamp.IsSameWork(ResultStamp.Of(kind, origin)) ? stamp : null;

        private void WriteMasks(ResultImage image, int[] numbers)
        {
            var stamp = ResultStamp.Of(ResultKind.Mask, image.Origin);
            var files = new List<AtomicFile>();
            try
            {
                foreach (var number in numbers)
                {
                    var path = ClaimMask(image.Path, number);
                    files.Add(MaskPng.Begin(path, image.Masks[number - 1].Segmentation, stamp with { MaskNumber = number }));
                }

                AtomicFile.CompleteAll(files);
            }
            finally
            {
                files.ForEach(file => file.Dispose());
            }
        }

        private string ClaimMask(string image, int number)
        {
            var path = run.Names.PathOfMask(image, number);
            run.ThrowUnlessReplaceable(path, ResultKind.Mask, image);
            return path;
        }
    }
}
