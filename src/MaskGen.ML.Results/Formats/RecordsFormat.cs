namespace MaskGen.ML.Results;

/// <summary>SAM 2's records, a file per image.</summary>
internal sealed class RecordsFormat : ResultFormat
{
    private static readonly ImageFile Records = new(ResultKind.Records, ".masks.json");

    public override string Name => "json";

    public override string Description => "SAM 2's records, <image>.masks.json";

    public override bool IsDefault => true;

    public override bool KeepsMasks => true;

    public override ImageFile FileOfImage => Records;

    public override ResultWriter Begin(ResultRun run) => new RecordsWriter(run);

    private sealed class RecordsWriter(ResultRun run) : ResultWriter
    {
        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var path = run.Claim(Records, image.Path);
            MasksJson.Save(path, image.Origin, image.Masks, run.TypedWayTo(image.Path, path));
            return [path];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks)
        {
            var records = run.Names.PathOf(path, Records.Ending);
            var file = MasksJsonReader.Read(records);
            if (file.Stamp is null
                || !file.Stamp.IsSameWork(ResultStamp.Of(ResultKind.Records, origin))
                || !JsonEnd.IsWhole(records))
            {
                return false;
            }

            masks = file.Masks;
            return true;
        }
    }
}
