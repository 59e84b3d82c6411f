using System.Formats.Tar;

namespace MaskGen.ML.Runs;

/// <summary>Finds images in a tar archive and where they are, so that one can be read without what stands before it.</summary>
internal static class TarMembers
{
    private static readonly TarEntryType[] Files = [TarEntryType.RegularFile, TarEntryType.V7RegularFile, TarEntryType.ContiguousFile];

    /// <summary>The images.</summary>
    /// <param name="archive">The archive from its beginning; where it can be positioned, what is between headers is not read.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Name, offset and length of each.</returns>
    /// <exception cref="InvalidDataException">It is no tar archive.</exception>
    public static IEnumerable<(string Name, long Offset, long Length)> List(
        Stream archive, string name, CancellationToken cancellationToken)
    {
        using var counted = new PositionStream(archive);
        using var reader = new TarReader(counted, leaveOpen: true);
        while (Next(reader, name) is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // The header is read to its end and nothing after it; where that can be, what follows is passed over without being read.
            if (Files.Contains(entry.EntryType) && ImageNames.IsImage(entry.Name))
            {
                var member = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                yield return (member, counted.EndOfReading, entry.Length);
            }
        }
    }

    private static TarEntry? Next(TarReader reader, string name)
    {
        try
        {
            return reader.GetNextEntry();
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or EndOfStreamException)
        {
            throw new InvalidDataException($"{name}: expected a tar archive that is not compressed: {e.Message}", e);
        }
    }

    // Knows where the last reading ended, whether or not the stream can be positioned.
    private sealed class PositionStream(Stream inner) : Stream
    {
        public long EndOfReading { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            EndOfReading = inner.CanSeek ? inner.Position : EndOfReading + read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
