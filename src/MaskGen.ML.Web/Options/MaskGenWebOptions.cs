namespace MaskGen.ML.Web;

/// <summary>What is served, and within which limits.</summary>
/// <remarks>Set once, before the application starts. Not safe for concurrent use while it is set.</remarks>
public sealed class MaskGenWebOptions
{
    /// <summary>The model; null for the embedded one. It is loaded, and downloaded where need be, when the application starts.</summary>
    public Sam2Model? Model { get; set; }

    /// <summary>How the model computes; null for the CPU with one thread per core.</summary>
    public Sam2SessionOptions? Session { get; set; }

    /// <summary>The images, in the order in which they are shown. More can be uploaded.</summary>
    public IList<MaskGenWebImage> Images { get; } = [];

    /// <summary>Heading of the page, such as the name of the folder of the images.</summary>
    public string Title { get; set; } = "images";

    /// <summary>Folder of the annotations, of uploads and of exports; made when something is written.</summary>
    public string OutputFolder { get; set; } = "masks";

    /// <summary>The secret that a browser sends once for a cookie, and a program as bearer or as the password of basic authentication. Null
    /// where nobody is asked: then whoever reaches the application may do everything.</summary>
    public string? Token { get; set; }

    /// <summary>Names of hosts, beside loopback addresses and <c>localhost</c>, under which the application may be reached. Requests for
    /// any other host are refused, as a page of another site would send them after DNS rebinding.</summary>
    public IList<string> AllowedHosts { get; } = [];

    /// <summary>Whether requests for any address that is a number are accepted, as a server for a whole network does.</summary>
    public bool AllowsAddresses { get; set; }

    /// <summary>Most bytes of embeddings in memory, 1 GB; the least recently used go first.</summary>
    public long EmbeddingBytes { get; set; } = 1_000_000_000;

    /// <summary>Folder in which embeddings are kept between runs, shared with <c>maskgen encode</c>; null for none.</summary>
    public string? CacheFolder { get; set; }

    /// <summary>Most bytes of embeddings in <see cref="CacheFolder"/>, 10 GB; the least recently used go first.</summary>
    public long CacheBytes { get; set; } = 10_000_000_000;

    /// <summary>Most pixels of an image, 100 million; larger ones are refused before memory is taken for them.</summary>
    public long MaximumPixels { get; set; } = ImageLoadOptions.DefaultMaximumPixels;

    /// <summary>Which values of images of more than 8 bits a channel become black and white, as they are shown and as the model sees them;
    /// the full range unless set. Embeddings in <see cref="CacheFolder"/> are those of this range alone.</summary>
    public ImageRange Range { get; set; } = ImageRange.Full;

    /// <summary>Most bytes of the body of a request, 64 MiB.</summary>
    public long MaximumBodyBytes { get; set; } = 64L << 20;

    /// <summary>Requests of one user that may wait or be computed at a time, 8; what comes above is answered by 429.</summary>
    public int QueueLength { get; set; } = 8;

    /// <summary>Which interfaces of other programs are served: any of <c>label-studio</c>, <c>x-anylabeling</c> and <c>cvat</c>.</summary>
    public IList<string> Adapters { get; } = [];

    /// <summary>The one Label Studio that images may be fetched from, such as <c>http://localhost:8080</c>; null where none are
    /// fetched.</summary>
    public Uri? LabelStudioHost { get; set; }

    /// <summary>The access token that Label Studio wants for its images; null for none.</summary>
    public string? LabelStudioToken { get; set; }

    /// <summary>Told how far the download of the model is; null for nobody.</summary>
    internal IProgress<Sam2DownloadProgress>? DownloadProgress { get; set; }

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(EmbeddingBytes, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(CacheBytes, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumBodyBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueLength, 1);
        new ImageLoadOptions { MaximumPixels = MaximumPixels, Range = Range }.Validate();
        if (Token is { Length: 0 })
        {
            throw new ArgumentException($"{nameof(Token)}: expected a secret, found nothing.");
        }

        foreach (var adapter in Adapters.Except(WebAdapterNames.All, StringComparer.Ordinal))
        {
            throw new ArgumentException(
                $"{nameof(Adapters)}: expected some of {string.Join(", ", WebAdapterNames.All)}, found '{adapter}'.");
        }
    }
}
