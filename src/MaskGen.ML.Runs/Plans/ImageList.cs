using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace MaskGen.ML.Runs;

/// <summary>The list of images while it is made: a file of this machine's.</summary>
/// <param name="Path">The file.</param>
/// <param name="Count">Number of images.</param>
/// <param name="Sha256">Its hash.</param>
internal sealed record ImageList(string Path, long Count, string Sha256)
{
    private const byte LineEnd = (byte)'\n';

    /// <summary>Sorts images and writes them, each once.</summary>
    /// <param name="images">The images.</param>
    /// <param name="sources">Where they come from, for messages; complete once all images are read.</param>
    /// <param name="folder">Where the file is written, and what is needed for sorting.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="InvalidDataException">Two images would be called the same.</exception>
    public static async Task<ImageList> WriteAsync(
        IAsyncEnumerable<PlannedImage> images, IReadOnlyList<ImageSource> sources, string folder, CancellationToken cancellationToken)
    {
        using var lines = new SortedLines(folder);
        await foreach (var image in images.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            lines.Add(image.Key, image.ToLine());
        }

        var path = System.IO.Path.Combine(folder, RunNames.Images);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var count = 0L;
        var before = (Key: string.Empty, Line: string.Empty);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 20);
        foreach (var line in lines.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line == before)
            {
                continue;
            }

            if (line.Key == before.Key)
            {
                throw SameKey(before.Line, line.Line, sources);
            }

            before = line;
            count++;
            var bytes = Encoding.UTF8.GetBytes(line.Line + (char)LineEnd);
            hash.AppendData(bytes);
            file.Write(bytes);
        }

        return new ImageList(path, count, SavedPipeline.Hex(hash.GetHashAndReset()));
    }

    /// <summary>Cuts the list into shards.</summary>
    /// <param name="shardImages">Images of a shard.</param>
    public ShardIndex Cut(int shardImages)
    {
        var positions = new List<long> { 0 };
        var hashes = new List<ulong>();
        var hash = new XxHash3();
        var (lines, position) = (0L, 0L);
        using var file = File.OpenRead(Path);
        var buffer = new byte[1 << 20];
        for (int read; (read = file.Read(buffer)) > 0; position += read)
        {
            var rest = buffer.AsSpan(0, read);
            var skipped = 0;
            for (int end; (end = rest.IndexOf(LineEnd)) >= 0; rest = rest[(end + 1)..])
            {
                skipped += end + 1;
                lines++;
                hash.Append(rest[..(end + 1)]);
                if (lines % shardImages == 0 || lines == Count)
                {
                    positions.Add(position + skipped);
                    hashes.Add(hash.GetCurrentHashAsUInt64());
                    hash.Reset();
                }
            }

            hash.Append(rest);
        }

        return new ShardIndex(positions, hashes);
    }

    /// <summary>How many images a shard has in an index that somebody else has made of this list; null if it is of another list.</summary>
    public int? ShardImagesOf(byte[] index)
    {
        if (ShardIndex.TryParse(index)?.Place(0) is not (0, > 0 and var end))
        {
            return null;
        }

        var lines = 0;
        using var file = File.OpenRead(Path);
        var buffer = new byte[1 << 16];
        for (int read; end > 0 && (read = file.Read(buffer, 0, (int)Math.Min(end, buffer.Length))) > 0; end -= read)
        {
            lines += buffer.AsSpan(0, read).Count(LineEnd);
        }

        return lines > 0 && Cut(lines).ToBytes().AsSpan().SequenceEqual(index) ? lines : null;
    }

    /// <summary>Some images from all over the list.</summary>
    public IEnumerable<PlannedImage> Sample(int count)
    {
        using var file = File.OpenRead(Path);
        for (var i = 0; i < count; i++)
        {
            // From the line after the one that this position is in, or the first.
            file.Position = file.Length * i / count;
            using var reader = new StreamReader(file, leaveOpen: true);
            if (i > 0)
            {
                reader.ReadLine();
            }

            if (reader.ReadLine() is { } line)
            {
                yield return PlannedImage.Parse(Encoding.UTF8.GetBytes(line));
            }
        }
    }

    private static InvalidDataException SameKey(string first, string second, IReadOnlyList<ImageSource> sources)
    {
        var (one, other) = (PlannedImage.Parse(Encoding.UTF8.GetBytes(first)), PlannedImage.Parse(Encoding.UTF8.GetBytes(second)));
        return new InvalidDataException(
            $"Expected images of different names, found two that would both be called '{one.Key}' in the results: "
            + $"{sources[one.Source].Describe(one)} and {sources[other.Source].Describe(other)}. Make a run of each, or name the "
            + "folder above both.");
    }
}
