namespace MaskGen.ML.Results;

/// <summary>One file of CVAT over all images of the run.</summary>
internal sealed class CvatFormat : ResultFormat
{
    public override string Name => "cvat";

    public override string Description => "CVAT for images 1.1 over all images, annotations.cvat.xml";

    public override bool NeedsEveryMask => true;

    public override RunFile FileOfRun(ResultNames names, int imageCount) =>
        new(CvatXmlWriter.Kind, names.NameOf("annotations", ".cvat.xml")) { ImagesIn = CvatXmlWriter.ReadImageNames };

    public override ResultWriter Begin(ResultRun run) => new CvatWriter(run, this);

    private sealed class CvatWriter(ResultRun run, CvatFormat format) : ResultWriter
    {
        private readonly ResultRemarks _remarks = new(format.Name);
        private CvatXmlWriter? _writer;

        public override IEnumerable<string> Remarks => _remarks.Sentences;

        private RunFile File => format.FileOfRun(run.Names, run.ImageCount);

        public override void Add(string path, MaskSet? masks)
        {
            _writer ??= new CvatXmlWriter(
                Path.Combine(run.Names.Folder, File.Name), new ResultStamp(CvatXmlWriter.Kind) { Mode = run.Names.Mode });
            _remarks.CountEmpty(masks!);
            _writer.Add(path, masks!, run.Options.Shapes ?? ShapeForm.Polygons, run.Options.PolygonTolerance);
        }

        public override string? Complete()
        {
            if (_writer is null)
            {
                return null;
            }

            var path = run.Claim(File);
            _writer.Complete();
            return path;
        }

        public override void Dispose()
        {
            _writer?.Dispose();
            base.Dispose();
        }
    }
}
