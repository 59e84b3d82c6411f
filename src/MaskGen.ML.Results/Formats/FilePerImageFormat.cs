namespace MaskGen.ML.Results;

/// <summary>A format that writes one file for each image and nothing else.</summary>
internal abstract class FilePerImageFormat : ResultFormat
{
    /// <summary>The file of each image.</summary>
    protected abstract ImageFile File { get; }

    public sealed override ImageFile FileOfImage => File;

    public sealed override ResultWriter Begin(ResultRun run) => new FileWriter(this, run);

    /// <summary>The choices that change the file, as its stamp carries them; null if there are none. Canonical: it is compared.</summary>
    protected virtual string? Choices(ResultFormatOptions options) => null;

    /// <summary>What else beside an image changes its file, as its stamp carries it; null for nothing.</summary>
    /// <param name="file">The image file.</param>
    /// <param name="page">Which image of it, from 1.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It cannot be understood.</exception>
    protected virtual string? ChoicesOf(string file, int page) => null;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="image">The image with its masks.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <param name="run">The run.</param>
    /// <param name="remarks">Counts what the form could not carry.</param>
    protected abstract void Save(string path, ResultImage image, ResultStamp stamp, ResultRun run, ResultRemarks remarks);

    /// <summary>Reads the stamp of a file.</summary>
    /// <returns>Null unless the file is whole and as it was written.</returns>
    protected virtual ResultStamp? ReadWhole(string path) => StampedJson.Form.ReadWhole(path);

    private sealed class FileWriter(FilePerImageFormat format, ResultRun run) : ResultWriter
    {
        private readonly ResultRemarks _remarks = new(format.Name);

        public override IEnumerable<string> Remarks => _remarks.Sentences;

        public override IReadOnlyList<string> Write(ResultImage image)
        {
            var path = run.Claim(format.File, image.Path);
            format.Save(path, image, StampOf(image.Path, image.Origin), run, _remarks);
            return [path];
        }

        public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks) =>
            format.ReadWhole(run.Names.PathOf(path, format.File))?.IsSameWork(StampOf(path, origin)) == true;

        private ResultStamp StampOf(string image, ResultOrigin origin)
        {
            var ofImage = format.ChoicesOf(run.FileOf(image), run.PageOf(image));
            var choices = string.Join(',', new[] { format.Choices(run.Options), ofImage }.OfType<string>());
            return ResultStamp.Of(format.File.Kind, origin) with { Drawing = choices.Length == 0 ? null : choices };
        }
    }
}
