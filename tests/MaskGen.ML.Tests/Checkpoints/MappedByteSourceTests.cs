using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public sealed class MappedByteSourceTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Locate_ViewOfAMapping_SaysWhereInTheFile()
    {
        var path = _folder.Write("file", new byte[64]);
        using var source = MappedByteSource.Open(path);

        var region = MappedByteSource.Locate(source.GetFloats(16, 8)[2..5]);

        Assert.Equal(new FileRegion(path, 24, 12), region);
    }

    [Fact]
    public void Locate_FileOpenedThroughALink_SaysTheFileItself()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        var path = _folder.Write("blobs/file", new byte[64]);
        Directory.CreateDirectory(_folder["snapshots"]);
        File.CreateSymbolicLink(_folder["snapshots/link"], "../blobs/file");
        using var source = MappedByteSource.Open(_folder["snapshots/link"]);

        Assert.Equal(new FileRegion(path, 0, 64), MappedByteSource.Locate(source.GetFloats(0, 16)));
    }

    [Fact]
    public void Locate_CopiesAndArrays_AreNowhere()
    {
        using var source = MappedByteSource.Open(_folder.Write("file", new byte[64]));

        Assert.Null(MappedByteSource.Locate(source.GetFloats(1, 8))); // not aligned, so a copy
        Assert.Null(MappedByteSource.Locate(new float[8]));
    }

    [Fact]
    public void Locate_FileThatWasReplacedSince_IsNowhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A mapped file cannot be replaced there.");
        var path = _folder.Write("file", new byte[64]);
        using var source = MappedByteSource.Open(path);
        var view = source.GetFloats(0, 16);

        File.Move(_folder.Write("longer", new byte[65]), path, overwrite: true);
        Assert.Null(MappedByteSource.Locate(view));

        File.Move(_folder.Write("as long", new byte[64]), path, overwrite: true);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        Assert.Null(MappedByteSource.Locate(view));

        File.Delete(path);
        Assert.Null(MappedByteSource.Locate(view));
    }
}
