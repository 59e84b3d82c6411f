using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public sealed class FileByteSourceTests : IDisposable
{
    private const int Chunk = PrivatePages.Granularity;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 300)]
    public void Reads_AnyPartsInAnyOrder_GiveTheFilesBytes(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);

        // Lengths on both sides of every bound that there is.
        var bytes = Bytes(Math.Max(1, (random.Next(4) * Chunk) + random.Next(-9, 9)), seed.Item);
        var path = _folder.Write("any", bytes);
        using var source = FileByteSource.Open(path);

        Assert.Equal(bytes.Length, source.Length);
        for (var i = 0; i < 20; i++)
        {
            var offset = random.Next(bytes.Length + 1);
            var length = random.Next(bytes.Length - offset + 1);
            var count = length / sizeof(float);
            switch (random.Next(4))
            {
                case 0:
                    Assert.True(source.GetSpan(offset, length).SequenceEqual(bytes.AsSpan(offset, length)));
                    break;
                case 1:
                    var copy = new byte[length];
                    source.CopyTo(offset, copy);
                    Assert.True(copy.AsSpan().SequenceEqual(bytes.AsSpan(offset, length)));
                    break;
                case 2:
                    AssertFloats(source.GetFloats(offset, count).Span, bytes, offset);
                    break;
                default:
                    // Lent and given back: read again the next time.
                    var values = source.GetFloats(offset, count);
                    using (values.Pin())
                    {
                        AssertFloats(values.Span, bytes, offset);
                    }

                    AssertFloats(values.Span, bytes, offset);
                    break;
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Chunk)]
    [InlineData((3 * Chunk) - 1)]
    public void GetSpan_FileCutOffSinceItWasOpened_SaysThatItChanged(int length)
    {
        var path = _folder.Write("file", Bytes(3 * Chunk));
        using var source = FileByteSource.Open(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(length);
        }

        AssertChanged(() => source.GetSpan(0, 3 * Chunk), path);
    }

    [Fact]
    public void GetSpan_FileGrownSinceItWasOpened_SaysThatItChanged()
    {
        var path = _folder.Write("file", Bytes(Chunk));
        using var source = FileByteSource.Open(path);
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            file.WriteByte(1);
        }

        AssertChanged(() => source.GetSpan(0, 8), path);
    }

    [Fact]
    public void GetSpan_FileRewrittenAfterAPartWasRead_KeepsThatPartAndRefusesTheRest()
    {
        var bytes = Bytes(3 * Chunk);
        var path = _folder.Write("file", bytes);
        using var source = FileByteSource.Open(path);
        var first = source.GetSpan(10, 100);

        Rewrite(path, Bytes(3 * Chunk, seed: 1));

        Assert.True(first.SequenceEqual(bytes.AsSpan(10, 100)));
        Assert.True(source.GetSpan(0, Chunk).SequenceEqual(bytes.AsSpan(0, Chunk)));
        AssertChanged(() => source.GetSpan(Chunk, 1), path);
    }

    [Fact]
    public void GetFloats_GivenBackAndTheFileRewritten_RefusesInsteadOfOtherValues()
    {
        var path = _folder.Write("file", Bytes(3 * Chunk));
        using var source = FileByteSource.Open(path);
        var values = source.GetFloats(0, 3 * Chunk / sizeof(float));
        values.Pin().Dispose();

        Rewrite(path, Bytes(3 * Chunk, seed: 1));

        AssertChanged(() => _ = values.Span, path);
        AssertChanged(() => source.GetFloats(0, 1), path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GetSpan_FileDeletedOrReplacedSinceItWasOpened_GivesWhatWasThere(bool isReplaced)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "An open file cannot be replaced there.");
        var bytes = Bytes(2 * Chunk);
        var path = _folder.Write("file", bytes);
        using var source = FileByteSource.Open(path);
        if (isReplaced)
        {
            File.Move(_folder.Write("other", Bytes(2 * Chunk, seed: 1)), path, overwrite: true);
        }
        else
        {
            File.Delete(path);
        }

        Assert.True(source.GetSpan(0, bytes.Length).SequenceEqual(bytes));
    }

    [Fact]
    public unsafe void Dispose_WhileLent_KeepsWhatIsLent()
    {
        var bytes = Bytes(5 * Chunk);
        var source = FileByteSource.Open(_folder.Write("file", bytes));
        _ = source.GetSpan(0, bytes.Length);
        var (offset, count) = (Chunk - 8, (2 * Chunk / sizeof(float)) + 4);
        var values = source.GetFloats(offset, count);
        var twice = values.Pin();
        var pinned = values.Pin();

        source.Dispose();
        twice.Dispose();

        AssertFloats(new ReadOnlySpan<float>(pinned.Pointer, count), bytes, offset);
        Assert.Throws<ObjectDisposedException>(() => _ = values.Span);
        Assert.Throws<ObjectDisposedException>(() => { source.GetSpan(0, 1); });
        pinned.Dispose();
        source.Dispose();
    }

    [Fact]
    public void Unpin_OneOfTwoTensorsInOneChunk_KeepsTheOther()
    {
        var bytes = Bytes(4 * Chunk);
        using var source = FileByteSource.Open(_folder.Write("file", bytes));
        var (first, second) = (source.GetFloats(0, Chunk / 2), source.GetFloats(2 * Chunk, Chunk / 2));
        var whole = source.GetFloats(0, Chunk);
        var held = second.Span;
        using var lent = second.Pin();

        first.Pin().Dispose();
        whole.Pin().Dispose();

        AssertFloats(held, bytes, 2 * Chunk);
        AssertFloats(first.Span, bytes, 0);
    }

    [Fact]
    public async Task GetSpan_ManyThreads_AllSeeTheFile()
    {
        var bytes = Bytes(40 * Chunk);
        using var source = FileByteSource.Open(_folder.Write("file", bytes));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(
            () =>
            {
                var random = new Random(worker);
                for (var i = 0; i < 200; i++)
                {
                    var offset = random.Next(bytes.Length - 999);
                    Assert.True(source.GetSpan(offset, 999).SequenceEqual(bytes.AsSpan(offset, 999)));
                }
            },
            TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Open_EmptyFile_SaysSo() =>
        Assert.Contains(
            "empty file",
            Assert.Throws<CheckpointFormatException>(() => FileByteSource.Open(_folder.Write("empty", []))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Open_AfterDispose_LeavesTheFileToOthers()
    {
        var path = _folder.Write("file", Bytes(10));
        FileByteSource.Open(path).Dispose();

        using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Writes other bytes into the file itself, as cp does, at a time that no clock can take for the old one.</summary>
    internal static void Rewrite(string path, byte[] bytes)
    {
        var before = File.GetLastWriteTimeUtc(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Write(bytes);
            file.SetLength(bytes.Length);
        }

        File.SetLastWriteTimeUtc(path, before.AddSeconds(2));
    }

    private static void AssertChanged(Action read, string path)
    {
        var error = Assert.Throws<CheckpointFormatException>(read);
        Assert.Contains("changed while it was read", error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.CheckpointSource);
    }

    private static void AssertFloats(ReadOnlySpan<float> values, byte[] bytes, int offset) =>
        Assert.True(MemoryMarshal.AsBytes(values).SequenceEqual(bytes.AsSpan(offset, values.Length * sizeof(float))));

    private static byte[] Bytes(int length, int seed = 0)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
