using System.Diagnostics;
using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public sealed class FileStatusTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryGet_OneFileByManyPaths_IsOneIdentity()
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
    public void TryGet_HardLink_IsTheSameFile()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Made by a program of Unix.");
        File.WriteAllText(_folder["a.png"], "a");
        Run("ln", _folder["a.png"], _folder["b.png"]);

        Assert.Equal(Identity("a.png"), Identity("b.png"));
    }

    [Fact]
    public void TryGet_PipeOrFolder_IsNoFileOfBytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Made by a program of Unix.");
        Run("mkfifo", _folder["pipe.png"]);
        File.WriteAllText(_folder["a.png"], "a");

        Assert.False(FileStatus.TryGet(_folder["pipe.png"])!.Value.IsRegular);
        Assert.False(FileStatus.TryGet(_folder.Path)!.Value.IsRegular);
        Assert.True(FileStatus.TryGet(_folder["a.png"])!.Value.IsRegular);
    }

    [Fact]
    public void TryGet_NothingThere_IsNull()
    {
        File.CreateSymbolicLink(_folder["dangling.png"], _folder["none.png"]);

        Assert.Null(FileStatus.TryGet(_folder["none.png"]));
        Assert.Null(FileStatus.TryGet(_folder["dangling.png"]));
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private FileIdentity? Identity(string name) => FileStatus.TryGet(_folder[name])?.Identity;
}
