using System.Text;

namespace MaskGen.ML.Results;

/// <summary>Labels of a YOLO segmentation data set, and the file that describes it.</summary>
internal sealed class YoloFormat : ResultFormat
{
    private static readonly ImageFile Labels = new(YoloLabels.Kind, YoloLabels.Ending) { IsNamedAsImage = true };
    private static readonly ImageFile Record = new(YoloLabels.RecordKind, YoloLabels.RecordEnding) { IsNamedAsImage = true };

    public override string Name => "yolo";

    public override string Description => "YOLO's segmentation labels, <image>.txt, and data.yaml";

    public override ImageFile FileOfImage => Labels;

    public override IReadOnlyList<ImageFile> FilesOfImage => [Record, Labels];

    public override RunFile FileOfRun(ResultNames names, int imageCount) => new(YoloDataset.Kind, names.NameOf("data", ".yaml"));

    public override ResultWriter Begin(ResultRun run) => new YoloWriter(run, this);

    private sealed class YoloWriter : ResultWriter
    {
        private readonly ResultRun _run;
        private readonly YoloFormat _format;
        private readonly ResultRemarks _remarks;
        private readonly List<string> _classes = [];
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly List<string> _folders = [];
        private readonly HashSet<string> _knownFolders = new(StringComparer.Ordinal);

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

            YoloLabels.Save(labels, record, text.ToString(), _classes, StampOf(image.Origin));
            return [labels];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks)
        {
            if (YoloLabels.ReadWhole(_run.Names.PathOf(path, Labels), _run.Names.PathOf(path, Record)) is not var (stamp, classes)
                || !stamp.IsSameWork(StampOf(origin)))
            {
                return false;
            }

            // The numbers in the file must mean what they mean in this _run.
            return classes.Select((name, number) => (name, number)).All(known => ClassNumber(known.name) == known.number);
        }

        public override void Add(string path, MaskSet? masks)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(_run.FileOf(path)))!;
            if (_knownFolders.Add(folder))
            {
                _folders.Add(folder);
            }
        }

        public override string? Complete()
        {
            if (_folders.Count == 0)
            {
                return null;
            }

            var path = _run.Claim(_format.FileOfRun(_run.Names, _run.ImageCount));
            var classes = _classes.Count == 0 ? [MaskClass.Unknown] : _classes;
            var folders = _folders.Where(folder => !LiesBelowAnother(folder)).Select(folder => ResultRun.Way(_run.Names.Folder, folder));
            YoloDataset.Save(path, [.. folders], classes, new ResultStamp(YoloDataset.Kind) { Mode = _run.Names.Mode });
            return path;
        }

        private ResultStamp StampOf(ResultOrigin origin) =>
            ResultStamp.Of(YoloLabels.RecordKind, origin) with { Drawing = _run.Options.ToleranceText };

        // A folder is read with all that is below it: one that is listed beside it would bring its images twice.
        private bool LiesBelowAnother(string folder)
        {
            for (var above = Path.GetDirectoryName(folder); above is not null; above = Path.GetDirectoryName(above))
            {
                if (_knownFolders.Contains(above))
                {
                    return true;
                }
            }

            return false;
        }

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
