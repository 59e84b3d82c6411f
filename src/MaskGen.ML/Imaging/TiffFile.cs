using System.Buffers.Binary;

namespace MaskGen.ML.Imaging;

/// <summary>The directories of a TIFF or BigTIFF file: which images are in it.</summary>
/// <remarks>Sources: TIFF 6.0, section 2; the BigTIFF design. Nothing in the file is trusted: directories that lead back into each other
/// end the chain with an error, and so do values that lie outside.</remarks>
internal sealed class TiffFile
{
    // NewSubfileType: a smaller version of another image, and a mask of one. Neither is an image by itself.
    private const int ReducedOrMask = 1 | 4;
    private const ushort NewSubfileType = 254;
    private const ushort SubfileType = 255;

    // More would be a chain made to keep readers busy.
    private const int MostDirectories = 65_535;

    private readonly ImageInput _input;
    private readonly string _source;
    private readonly bool _isLittleEndian;
    private readonly bool _isBig;
    private readonly long _first;

    private TiffFile(ImageInput input, string source, bool isLittleEndian, bool isBig, long first)
    {
        (_input, _source, _isLittleEndian, _isBig, _first) = (input, source, isLittleEndian, isBig, first);
    }

    /// <summary>Reads the header.</summary>
    /// <param name="input">The file.</param>
    /// <param name="source">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">The header is not whole.</exception>
    public static TiffFile Open(ImageInput input, string source)
    {
        // Byte order, version, and where the first directory is; of BigTIFF the length of an offset between them.
        Span<byte> header = stackalloc byte[16];
        if (!input.TryReadAt(0, header[..8]))
        {
            throw Damaged(source, $"{input.FileLength} bytes, which is less than a header");
        }

        var isLittleEndian = header[0] == 'I';
        var isBig = header[isLittleEndian ? 2 : 3] == 43;
        if (isBig && !input.TryReadAt(0, header))
        {
            throw Damaged(source, $"{input.FileLength} bytes, which is less than a header");
        }

        var file = new TiffFile(input, source, isLittleEndian, isBig, 0);
        return new TiffFile(input, source, isLittleEndian, isBig, isBig ? file.Number(header[8..], 8) : file.Number(header[4..], 4));
    }

    /// <summary>Reads something of a page of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="page">The page, from 1.</param>
    /// <param name="read">Reads it.</param>
    /// <returns>Null where there is no such file, or it is no TIFF.</returns>
    /// <exception cref="InvalidDataException">There is no such page, or its directory is not whole.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static T? ReadPage<T>(string path, int page, Func<TiffTags, T?> read)
        where T : class
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var start = new byte[ImageFormats.StartLength];
        var count = stream.CanSeek ? stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) : 0;
        if (ImageFormats.Detect(start.AsSpan(0, count)) != ImageFormat.Tiff)
        {
            return null;
        }

        stream.Position = 0;
        using var input = ImageInput.Open(stream, path, long.MaxValue, CancellationToken.None);
        return read(ImageDecoder.Page(input, path, page));
    }

    /// <summary>The directories of images by themselves, in their order: no reduced versions and no masks.</summary>
    /// <exception cref="InvalidDataException">A directory is not whole, or leads back to an earlier one.</exception>
    public IEnumerable<TiffTags> Pages()
    {
        var known = new HashSet<long>();
        TiffTags? reduced = null;
        var hasPage = false;
        for (var at = _first; at != 0;)
        {
            _input.ThrowIfStopped();
            if (!known.Add(at))
            {
                throw Damaged(_source, "directories that lead back to an earlier one");
            }

            if (known.Count > MostDirectories)
            {
                throw Damaged(_source, $"more than {MostDirectories} directories");
            }

            var (tags, next) = Directory(at);
            at = next;

            // Some programs mark every page as one of several, which is 2; the old tag says 2 for a smaller version.
            var kind = tags.Whole(NewSubfileType) ?? (tags.Whole(SubfileType) == 2 ? 1 : 0);
            if ((kind & ReducedOrMask) == 0)
            {
                hasPage = true;
                yield return tags;
            }
            else
            {
                reduced ??= tags;
            }
        }

        // A file of a thumbnail alone is an image all the same.
        if (!hasPage && reduced is not null)
        {
            yield return reduced;
        }
    }

    private static InvalidDataException Damaged(string source, string found) =>
        new($"{source}: expected a whole TIFF image, found {found}; the file is cut off or damaged.");

    private (TiffTags Tags, long Next) Directory(long at)
    {
        var (countLength, entryLength, offsetLength) = _isBig ? (8, 20, 8) : (2, 12, 4);
        Span<byte> number = stackalloc byte[8];
        if (at < 8 || !_input.TryReadAt(at, number[..countLength]))
        {
            throw Damaged(_source, $"a directory at byte {at} of {_input.FileLength}");
        }

        var count = Number(number, countLength);
        var bytes = count is < 1 or > ushort.MaxValue ? [] : new byte[(count * entryLength) + offsetLength];
        if (bytes.Length == 0 || !_input.TryReadAt(at + countLength, bytes))
        {
            throw Damaged(_source, $"a directory of {count} entries at byte {at} of {_input.FileLength}");
        }

        var tags = new TiffTags(_input, _isLittleEndian, at);
        for (var i = 0; i < count; i++)
        {
            // Tag, type, number of values, and where they are, or the values themselves where they fit.
            var entry = bytes.AsSpan(i * entryLength, entryLength);
            var (tag, type) = ((ushort)Number(entry, 2), (int)Number(entry[2..], 2));
            var values = Number(entry[4..], offsetLength);
            var place = entry[(4 + offsetLength)..];
            var fits = values >= 0 && values <= offsetLength && values * TiffTags.LengthOf(type) <= offsetLength;
            var within = at + countLength + (i * entryLength) + 4 + offsetLength;
            tags.Add(tag, type, values, fits ? within : Number(place, offsetLength));
        }

        return (tags, Number(bytes.AsSpan((int)count * entryLength), offsetLength));
    }

    private long Number(ReadOnlySpan<byte> bytes, int length) => (length, _isLittleEndian) switch
    {
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (4, true) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (_, true) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
    };
}
