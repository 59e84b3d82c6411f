namespace MaskGen.ML.Results;

/// <summary>One Parquet file over all images of the run.</summary>
internal sealed class TableFormat : ResultFormat
{
    public override string Name => "parquet";

    public override string Description => "a table with a row per mask over all images, masks.parquet";

    public override bool NeedsEveryMask => true;

    public override RunFile FileOfRun(ResultNames names, int imageCount) =>
        new(MaskTable.Kind, names.NameOf("masks", ".parquet")) { ImagesIn = MaskTable.ReadImageNames };

    public override ResultWriter Begin(ResultRun run) => new TableWriter(run, this);

    private sealed class TableWriter(ResultRun run, TableFormat format) : ResultWriter
    {
        private MaskTable? _table;

        private RunFile File => format.FileOfRun(run.Names, run.ImageCount);

        public override void Add(string path, MaskSet? masks)
        {
            _table ??= new MaskTable(
                Path.Combine(run.Names.Folder, File.Name), new ResultStamp(MaskTable.Kind) { Mode = run.Names.Mode });
            _table.Add(path, masks!);
        }

        public override string? Complete()
        {
            if (_table is null)
            {
                return null;
            }

            foreach (var failure in run.Failures)
            {
                _table.AddFailure(failure.ImageName, failure.Reason);
            }

            var path = run.Claim(File);
            _table.Complete();
            return path;
        }

        public override void Dispose()
        {
            _table?.Dispose();
            base.Dispose();
        }
    }
}
