using System.Text;

namespace MaskGen.ML.Results;

/// <summary>Labels of a YOLO segmentation data set, and the file that describes it.</summary>
internal sealed class YoloFormat : ResultFormat
{
    private static readonly ImageFile Labels = new(YoloLabels.Kind, YoloLabels.Ending)
    {
        Place = image => YoloLayout.LabelsOf(image, YoloLabels.Ending),
    };

    private static readonly ImageFile Record = new(YoloLabels.RecordKind, YoloLabels.RecordEnding)
    {
        Place = image => YoloLayout.LabelsOf(image, YoloLabels.RecordEnding),
    };

    private static readonly ImageFile Copy = new(YoloImages.Kind, string.Empty) { Place = YoloLayout.ImageOf };

    public override string Name => "yolo";

    public override string Description => "a YOLO data set for segmentation: images/, labels/<image>.txt and data.yaml";

    public override ImageFile FileOfImage => Labels;

    public override IReadOnlyList<ImageFile> FilesOfImage => [Record, Copy, Labels];

    public override RunFile FileOfRun(ResultNames names, int imageCount) => new(YoloDataset.Kind, names.NameOf("data", ".yaml"));

    public override ResultWriter Begin(ResultRun run) => new YoloWriter(run, this);

    private sealed class YoloWriter : ResultWriter
    {
        private readonly ResultRun _run;
        private readonly YoloFormat _format;
        private readonly ResultRemarks _remarks;
        private readonly List<string> _classes = [];
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private bool _hasImages;

        public YoloWriter(ResultRun run, YoloFormat format)
        {
            (_run, _format, _remarks) = (run, format, new ResultRemarks(format.Name));

            // Labels of an earlier run may lie in the folder, and their numbers must keep their meaning.
            foreach (var name in YoloDataset.ClassesOf(Path.Combine(run.Names.Folder, format.FileOfRun(run.Names, run.ImageCount).Name)))
            {
                ClassNumber(name);
            }
        }

        public override IEnumerable<string> Remarks => _remarks.Sentences;

        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var (labels, record) = (_run.Claim(Labels, image.Path), _run.Claim(Record, image.Path));
            var text = new StringBuilder();
            foreach (var mask in image.Masks)
            {
                var outlines = MaskOutline.Of(mask.Segmentation, _run.Options.PolygonTolerance);
                CountLosses(outlines);
                if (outlines.Count > 0)
                {
                    text.Append(YoloLabels.Line(ClassNumber(MaskClass.Of(mask)), outlines, image.Masks.ImageSize));
                }
            }

            // The image first: of labels that are whole everything is there.
            var (copy, hasCopy) = CopyImage(image);
            YoloLabels.Save(labels, record, text.ToString(), _classes, StampOf(image.Origin), hasCopy);
            return copy is null ? [labels] : [copy, labels];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks)
        {
            if (YoloLabels.ReadWhole(_run.Names.PathOf(path, Labels), _run.Names.PathOf(path, Record)) is not var (stamp, classes)
                || !stamp.IsSameWork(StampOf(origin)))
            {
                return false;
            }

            var (source, copy) = (_run.FileOf(path), _run.Names.PathOf(path, Copy));
            if (YoloLayout.IsRead(path) && !YoloImages.AreOneFile(source, copy)
                && !(File.Exists(copy) && YoloImages.HashOf(copy) == origin.ImageSha256))
            {
                return false;
            }

            // The numbers in the file must mean what they mean in this run.
            return classes.Select((name, number) => (name, number)).All(known => ClassNumber(known.name) == known.number);
        }

        public override void Add(string path, MaskSet? masks) => _hasImages = true;

        public override string? Complete()
        {
            if (!_hasImages)
            {
                return null;
            }

            var path = _run.Claim(_format.FileOfRun(_run.Names, _run.ImageCount));
            var classes = _classes.Count == 0 ? [MaskClass.Unknown] : _classes;
            YoloDataset.Save(
                path, YoloLayout.SplitsOf(_run.Names.Folder), classes, new ResultStamp(YoloDataset.Kind) { Mode = _run.Names.Mode });
            return path;
        }

        // The copy, where one was written, and whether the image in the folder of images is one.
        private (string? Written, bool IsCopy) CopyImage(ResultImage image)
        {
            var (source, path) = (_run.FileOf(image.Path), _run.Names.PathOf(image.Path, Copy));
            if (Math.Min(image.Masks.ImageSize.Width, image.Masks.ImageSize.Height) < YoloLayout.ShortestSide)
            {
                _remarks.Count($"images with a side of fewer than {YoloLayout.ShortestSide} pixels, which Ultralytics passes over");
            }

            if (!YoloLayout.IsRead(image.Path))
            {
                _remarks.Count("images of a type that Ultralytics does not read, not copied; save them as PNG");
                return (null, false);
            }

            if (_run.PageOf(image.Path) > 1)
            {
                _remarks.Count("pages after the first of a file, not copied, since Ultralytics reads the first alone; save them as PNG");
                return (null, false);
            }

            if (!File.Exists(source))
            {
                if (!File.Exists(path))
                {
                    _remarks.Count(
                        $"images that were not found, not copied; put them into {YoloLayout.Images}/, or name their folder with --images");
                }

                return (null, false);
            }

            if (YoloImages.AreOneFile(source, path))
            {
                return (null, false);
            }

            if (YoloImages.AreEqual(source, path))
            {
                // Of an earlier run, or of somebody who has put it there.
                return (null, YoloImages.Kind.InspectFile!(path, true).Owner == ResultFileOwner.Us);
            }

            YoloImages.Copy(source, _run.Claim(Copy, image.Path));
            return (path, true);
        }

        private ResultStamp StampOf(ResultOrigin origin) =>
            ResultStamp.Of(YoloLabels.RecordKind, origin) with { Drawing = _run.Options.ToleranceText };

        // In the order in which they come.
        private int ClassNumber(string name)
        {
            if (_numbers.TryAdd(name, _classes.Count))
            {
                _classes.Add(name);
            }

            return _numbers[name];
        }

        private void CountLosses(IReadOnlyList<MaskPolygon> outlines)
        {
            if (outlines.Count == 0)
            {
                _remarks.Count("empty masks left out");
            }

            if (outlines.Count > 1)
            {
                _remarks.Count("masks of several parts, joined into one outline");
            }

            if (outlines.Any(outline => outline.Holes.Count > 0))
            {
                _remarks.Count("masks with holes, joined to the outline by a bridge of no width");
            }
        }
    }
}
