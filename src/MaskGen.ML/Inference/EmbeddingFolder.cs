using System.Globalization;

namespace MaskGen.ML.Inference;

/// <summary>A folder that keeps embeddings between runs, found by the content of the image file, by the range of its values and by what
/// encoded it.</summary>
/// <remarks>
/// <para>A file is named <c>SHA256-FINGERPRINT-rN.embedding</c>: the hash of the image file, the fingerprint of the model (a hash of its
/// configuration and all weights, which tells any two revisions apart), and the revision of how images are decoded and prepared for the
/// encoder. Where the range is not the full one it comes next, as in <c>-rN-300,4200.embedding</c>. Files whose content is damaged, or not
/// what their name says, count as missing.</para>
/// <para>What is read counts as used: its time is set. When a limit is given, those used least recently go first. Safe for concurrent
/// use, also by several processes: files are written whole or not at all.</para>
/// </remarks>
internal sealed class EmbeddingFolder
{
    /// <summary>Raised when an image file is decoded, resized or normalized to other values than before.</summary>
    public const int Revision = 1;

    /// <summary>Most bytes where nobody says otherwise: 10 GB, some 600 images of the official models.</summary>
    public const long DefaultBytes = 10_000_000_000;

    private const string Ending = ".embedding";

    private readonly object _lock = new();
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);

    /// <param name="path">The folder; made when something is written.</param>
    /// <param name="limit">Most bytes of all files.</param>
    /// <param name="range">The values that are black and white in the images whose embeddings are kept and looked for; null for the full
    /// range.</param>
    public EmbeddingFolder(string path, long limit = DefaultBytes, ImageRange? range = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        (Folder, Limit, Range) = (path, limit, range ?? ImageRange.Full);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Most bytes of all files.</summary>
    public long Limit { get; }

    /// <summary>The values that are black and white in the images.</summary>
    public ImageRange Range { get; }

    /// <summary>The folder of a person: <c>MASKGEN_CACHE</c>, else <c>maskgen/embeddings</c> in the folder that the system has for
    /// caches.</summary>
    /// <param name="variable">Reads an environment variable; null where it is not set.</param>
    /// <returns>Null where the person has no such folder.</returns>
    public static string? Default(Func<string, string?> variable)
    {
        if (variable("MASKGEN_CACHE") is { Length: > 0 } given)
        {
            return given;
        }

        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        var caches = OperatingSystem.IsWindows() ? local
            : variable("XDG_CACHE_HOME") is { } xdg && Path.IsPathRooted(xdg) ? xdg
            : variable("HOME") is not { Length: > 0 } home ? string.Empty
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : Path.Combine(home, ".cache");
        return caches.Length == 0 ? null : Path.Combine(caches, "maskgen", "embeddings");
    }

    /// <summary>Whether there is a file for an image, which is not looked into.</summary>
    /// <param name="sha256">Hash of the image file, 64 hexadecimal digits.</param>
    /// <param name="fingerprint">Fingerprint of the model.</param>
    public bool Has(string sha256, string fingerprint) => File.Exists(PathOf(sha256, fingerprint));

    /// <summary>Reads the embedding of an image.</summary>
    /// <param name="sha256">Hash of the image file, 64 hexadecimal digits.</param>
    /// <param name="fingerprint">Fingerprint of the model.</param>
    /// <returns>Null where there is none, or none that can be used.</returns>
    public EncodedImage? TryLoad(string sha256, string fingerprint)
    {
        var path = PathOf(sha256, fingerprint);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            var image = EncodedImage.Load(path);
            if (image.ModelFingerprint != fingerprint)
            {
                return null;
            }

            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return image;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // Encoded again, and then written over.
            return null;
        }
    }

    /// <summary>Keeps the embedding of an image, and deletes what exceeds the limit.</summary>
    /// <param name="sha256">Hash of the image file, 64 hexadecimal digits.</param>
    /// <param name="image">What was made of it.</param>
    /// <returns>False where it would fit only if something went that this run has written or read: then nothing is done.</returns>
    /// <exception cref="ArgumentException">The embedding does not know which model made it.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public bool TrySave(string sha256, EncodedImage image)
    {
        var fingerprint = image.ModelFingerprint
            ?? throw new ArgumentException("Expected an embedding with the fingerprint of its model, found none.", nameof(image));
        var path = PathOf(sha256, fingerprint);
        Directory.CreateDirectory(Folder);
        lock (_lock)
        {
            if (!MakeRoom(BytesOf(image), path))
            {
                return false;
            }

            image.Save(path);
            _written.Add(path);
            return true;
        }
    }

    /// <summary>Bytes that an embedding takes, but for some hundred of its header.</summary>
    public static long BytesOf(EncodedImage image) => sizeof(float) * image.ValueCount;

    /// <summary>How many embeddings there are, and their bytes.</summary>
    public (int Count, long Bytes) Content()
    {
        var files = Files();
        return (files.Count, files.Sum(file => file.Length));
    }

    private bool MakeRoom(long bytes, string path)
    {
        var files = Files();
        var replaced = files.Where(file => file.FullName == Path.GetFullPath(path)).Sum(file => file.Length);
        var total = files.Sum(file => file.Length) + bytes - replaced;
        foreach (var file in files.OrderBy(file => file.LastWriteTimeUtc))
        {
            if (total <= Limit)
            {
                break;
            }

            // What this run has made is not thrown out by what it makes next.
            if (_written.Contains(Path.Combine(Folder, file.Name)))
            {
                continue;
            }

            total -= file.Length;
            try
            {
                file.Delete();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use by another process: the next run deletes it.
            }
        }

        return total <= Limit;
    }

    private List<FileInfo> Files()
    {
        var folder = new DirectoryInfo(Folder);
        return folder.Exists ? [.. folder.EnumerateFiles("*" + Ending)] : [];
    }

    private string PathOf(string sha256, string fingerprint)
    {
        var range = Range == ImageRange.Full ? string.Empty : $"-{Range}";
        return Path.Combine(
            Folder, string.Create(CultureInfo.InvariantCulture, $"{sha256}-{fingerprint}-r{Revision}{range}{Ending}"));
    }
}
