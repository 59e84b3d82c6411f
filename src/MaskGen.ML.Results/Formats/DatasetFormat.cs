namespace MaskGen.ML.Results;

/// <summary>One COCO data set over all images of the run.</summary>
internal sealed class DatasetFormat : ResultFormat
{
    public override string Name => "coco";

    public override string Description => "one COCO data set over all images, annotations.coco.json";

    public override bool NeedsEveryMask => true;

    public override bool TakesCrowds => true;

    public override RunFile FileOfRun(ResultNames names, int imageCount) => Dataset(names);

    public override ResultWriter Begin(ResultRun run) => new DatasetWriter(run);

    private static CocoDatasetOptions OptionsOf(ResultFormatOptions options) => new()
    {
        Segmentation = options.Shapes == ShapeForm.Polygons ? CocoSegmentation.Polygons : CocoSegmentation.RunLengths,
        PolygonTolerance = options.PolygonTolerance ?? 0,
        FitsTolerance = options.PolygonTolerance is null,
    };

    private static RunFile Dataset(ResultNames names) => new(
        ResultKind.Dataset, names.NameOf("annotations", ".coco.json"))
    {
        ImagesIn = CocoImageNames.Read,
    };

    private sealed class DatasetWriter(ResultRun run) : ResultWriter
    {
        private CocoDatasetWriter? _writer;

        public override IEnumerable<string> Remarks => run.Numbering?.Remarks.Select(remark => $"coco: {remark}") ?? [];

        public override void Add(string path, MaskSet? masks)
        {
            _writer ??= new CocoDatasetWriter(
                Path.Combine(run.Names.Folder, Dataset(run.Names).Name),
                OptionsOf(run.Options),
                new ResultStamp(ResultKind.Dataset) { Mode = run.Names.Mode },
                run.Numbering);
            _writer.AddImage(path, masks!);
        }

        public override string? Complete()
        {
            if (_writer is null)
            {
                return null;
            }

            var path = run.Claim(Dataset(run.Names));
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
