namespace MaskGen.ML.Results;

/// <summary>A form in which the results of a run are written: what it is called, which files it makes, and who writes them.</summary>
internal abstract class ResultFormat
{
    /// <summary>Its name on the command line, in lower case.</summary>
    public abstract string Name { get; }

    /// <summary>What it writes, for <c>--help</c>: a few words that follow the name.</summary>
    public abstract string Description { get; }

    /// <summary>Whether it is written if nothing else is asked for.</summary>
    public virtual bool IsDefault => false;

    /// <summary>The file that it writes for each image, after every other file of that image; null if there is none.</summary>
    public virtual ImageFile? FileOfImage => null;

    /// <summary>All files that it writes for each image, but for those of single masks.</summary>
    public virtual IReadOnlyList<ImageFile> FilesOfImage => FileOfImage is { } file ? [file] : [];

    /// <summary>The file that it also writes per mask; null if there is none.</summary>
    public virtual MaskFile? FileOfMask => null;

    /// <summary>Whether it needs the pixels of the image, and not only its masks.</summary>
    public virtual bool NeedsImage => false;

    /// <summary>Whether it unpacks masks into pixels, so that its time and memory are those of the size of the image, whatever that of a
    /// file of masks.</summary>
    public virtual bool IsOfPixels => NeedsImage;

    /// <summary>Whether a smaller version of the image, with masks to match, is enough for a format that needs the pixels.</summary>
    public virtual bool ShowsSmaller => false;

    /// <summary>Whether it needs the masks of every image of a run, so that of an image that an earlier run has done they must be read
    /// back.</summary>
    public virtual bool NeedsEveryMask => false;

    /// <summary>Whether it can say that a mask is a crowd and no single object. Others are not given such masks.</summary>
    public virtual bool TakesCrowds => false;

    /// <summary>Whether the masks of an image can be read back from its file.</summary>
    public virtual bool KeepsMasks => false;

    /// <summary>The file that it writes about all images of a run; null if there is none.</summary>
    /// <param name="names">What files of the run are called.</param>
    /// <param name="imageCount">Number of images of the run.</param>
    public virtual RunFile? FileOfRun(ResultNames names, int imageCount) => null;

    /// <summary>Begins to write.</summary>
    /// <param name="run">The run.</param>
    public abstract ResultWriter Begin(ResultRun run);

    /// <summary>A file of each image.</summary>
    /// <param name="Kind">What it is.</param>
    /// <param name="Ending">What follows the name of the image, such as <c>.masks.json</c>.</param>
    public sealed record ImageFile(ResultKind Kind, string Ending)
    {
        /// <summary>Whether its readers find it by the name of the image, so that the name of the command may not be in its
        /// own.</summary>
        public bool IsNamedAsImage { get; init; }

        /// <summary>The path of the file with slashes by that of the image, where it does not lie as other results do; null
        /// otherwise.</summary>
        public Func<string, string>? Place { get; init; }
    }

    /// <summary>A file of each mask.</summary>
    /// <param name="Kind">What it is.</param>
    /// <param name="Infix">What stands between the name of the image and the number, such as <c>.mask-</c>.</param>
    public sealed record MaskFile(ResultKind Kind, string Infix);

    /// <summary>A file about all images.</summary>
    /// <param name="Kind">What it is.</param>
    /// <param name="Name">Its name.</param>
    public sealed record RunFile(ResultKind Kind, string Name)
    {
        /// <summary>Reads which images such a file has masks of, by their paths with slashes; null for a file that holds nothing that is
        /// not in others too.</summary>
        public Func<string, IEnumerable<string>>? ImagesIn { get; init; }
    }
}
