using System.Security.Cryptography;
using System.Text;
using MaskGen.ML.Imaging;

namespace MaskGen.ML.Web;

/// <summary>An image of the catalog, and what is known of it.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ServedImage
{
    private readonly string _path;
    private readonly Lock _lock = new();
    private (FileVersion Version, ImageSize Size)? _size;
    private (FileVersion Version, string Sha256)? _hash;

    /// <param name="path">The file.</param>
    /// <param name="name">Its name, with which the path ends.</param>
    /// <param name="isUpload">Whether a client has sent it.</param>
    public ServedImage(string path, string name, bool isUpload)
    {
        (_path, Name, IsUpload) = (Path.GetFullPath(path), name, isUpload);
        Root = Path.TrimEndingDirectorySeparator(_path[..^name.Length] is { Length: > 0 } root ? root : Path.GetDirectoryName(_path)!);
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Root}\n{name}")).AsSpan(0, 10));
    }

    /// <summary>What clients call it: says nothing of the path, and is the same in the next run.</summary>
    public string Id { get; }

    public string Name { get; }

    public bool IsUpload { get; }

    /// <summary>The folder that the file is confined to.</summary>
    public string Root { get; }

    public EncodingState State { get; set; }

    /// <summary>Why the image could not be encoded; null unless that is so.</summary>
    public string? Problem { get; set; }

    /// <summary>The size if it is known already.</summary>
    public ImageSize? KnownSize
    {
        get
        {
            lock (_lock)
            {
                return _size?.Size;
            }
        }
    }

    /// <summary>The path of the file without links.</summary>
    /// <exception cref="FileNotFoundException">It is gone, or a link leads out of its folder.</exception>
    public string File()
    {
        var real = RealPath.Of(_path);
        return RealPath.IsBelow(real, RealPath.Of(Root)) ? real : throw new FileNotFoundException("The image is a link to another folder.");
    }

    /// <summary>Size of the upright image, from its header alone.</summary>
    /// <param name="limits">Which images are read.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no image, or too large.</exception>
    public ImageSize Size(ImageLoadOptions limits)
    {
        var file = File();
        var version = FileVersion.Of(file);
        lock (_lock)
        {
            if (_size is { } known && known.Version == version)
            {
                return known.Size;
            }
        }

        using var stream = ImageFile.Open(file);
        var (size, _) = ImageSizeReader.Read(stream, Name, limits);
        lock (_lock)
        {
            _size = (version, size);
        }

        return size;
    }

    /// <summary>SHA-256 of the file in hexadecimal digits.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string Sha256()
    {
        var file = File();
        var version = FileVersion.Of(file);
        lock (_lock)
        {
            if (_hash is { } known && known.Version == version)
            {
                return known.Sha256;
            }
        }

        using var stream = new FileStream(
            file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 16);
        var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        lock (_lock)
        {
            _hash = (version, hash);
        }

        return hash;
    }
}
