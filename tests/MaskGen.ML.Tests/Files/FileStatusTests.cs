using System.Diagnostics;
using MaskGen.ML.Files;
using MaskGen.ML.Tests.Models.Hub;

namespace MaskGen.ML.Tests.Files;

public sealed class FileStatusTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OfTarget_OneFileByManyPaths_IsOneIdentity()
    {
        Directory.CreateDirectory(_folder["in"]);
        File.WriteAllText(_folder["in/a.png"], "a");
        File.WriteAllText(_folder["in/b.png"], "a");
        Directory.CreateSymbolicLink(_folder["link"], _folder["in"]);
        File.CreateSymbolicLink(_folder["other.png"], "link/a.png");
        var identity = Identity("in/a.png");

        Assert.NotNull(identity);
        Assert.Equal(identity, Identity("link/a.png"));
        Assert.Equal(identity, Identity("other.png"));
        Assert.Equal(identity, Identity("in/../link/./a.png"));
        Assert.NotEqual(identity, Identity("in/b.png"));
        Assert.Equal(Identity("in"), Identity("link"));
    }

    [Fact]
    public void OfTarget_HardLink_IsTheSameFile()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Made by a program of Unix.");
        File.WriteAllText(_folder["a.png"], "a");
        Run("ln", _folder["a.png"], _folder["b.png"]);

        Assert.Equal(Identity("a.png"), Identity("b.png"));
    }

    [Fact]
    public void OfTarget_PipeOrFolder_IsNoFileOfBytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Made by a program of Unix.");
        Run("mkfifo", _folder["pipe.png"]);
        File.WriteAllText(_folder["a.png"], "a");

        Assert.False(FileStatus.OfTarget(_folder["pipe.png"])!.Value.IsRegular);
        Assert.False(FileStatus.OfTarget(_folder.Path)!.Value.IsRegular);
        Assert.True(FileStatus.OfTarget(_folder["a.png"])!.Value.IsRegular);
    }

    [Fact]
    public void OfName_RegularFileAndOthers_AreToldApart()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The layout is that of Linux.");
        var path = _folder.Write("file", "not yours"u8.ToArray());
        var status = Assert.NotNull(FileStatus.OfName(path));
        Assert.True(status is { IsRegular: true, IsSpecial: false, IsOwn: true, LinkCount: 1 });
        using (var stream = File.OpenRead(path))
        {
            Assert.Equal(status, FileStatus.OfHandle(stream.SafeFileHandle));
        }

        Links.Make("symbolic", _folder["link"], path);
        Assert.False(FileStatus.OfName(_folder["link"])!.Value.IsRegular);
        Assert.Equal(status, FileStatus.OfTarget(_folder["link"]));
        Links.Make("hard", _folder["hard"], path);
        Assert.Equal(status with { LinkCount = 2 }, FileStatus.OfName(path));
        Links.Make("pipe", _folder["pipe"], path);
        Assert.True(FileStatus.OfName(_folder["pipe"]) is { IsRegular: false, IsSpecial: true });
        Assert.True(FileStatus.OfTarget("/dev/zero") is { IsRegular: false, IsSpecial: true });
        Assert.Equal(Environment.IsPrivilegedProcess, FileStatus.OfTarget("/dev/zero")!.Value.IsOwn);
        Assert.True(FileStatus.OfName(_folder.Path) is { IsRegular: false, IsSpecial: false });
        Assert.Null(FileStatus.OfName(_folder["nothing"]));
    }

    [Fact]
    public void OfTarget_NothingThere_IsNull()
    {
        File.CreateSymbolicLink(_folder["dangling.png"], _folder["none.png"]);

        Assert.Null(FileStatus.OfTarget(_folder["none.png"]));
        Assert.Null(FileStatus.OfTarget(_folder["dangling.png"]));
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private FileIdentity? Identity(string name) => FileStatus.OfTarget(_folder[name])?.Identity;
}
