using MaskGen.ML.Cli.Results;

namespace MaskGen.ML.Tests.Cli;

public sealed class OutputFolderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Dispose_FoldersMadeForNothing_AreRemovedAndNoOthers()
    {
        Directory.CreateDirectory(_folder["old"]);
        using (var output = new OutputFolder(_folder["old/a/b"]))
        {
            output.Open();
            Assert.True(Directory.Exists(_folder["old/a/b"]));
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder["old"]));
        using (var output = new OutputFolder(_folder["old"]))
        {
            output.Open();
        }

        Assert.True(Directory.Exists(_folder["old"]));
    }

    [Fact]
    public void Dispose_FolderWithResults_Stays()
    {
        using (var output = new OutputFolder(_folder["a/b"]))
        {
            output.Open();
            File.WriteAllText(_folder["a/b/x.json"], "x");
        }

        Assert.True(File.Exists(_folder["a/b/x.json"]));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/below")]
    [InlineData("dangling")]
    public void Open_PlaceThatIsNoFolder_SaysWhyAndLeavesNothing(string path)
    {
        File.WriteAllText(_folder["file"], "x");
        File.CreateSymbolicLink(_folder["dangling"], _folder["none"]);
        using var output = new OutputFolder(_folder[path]);

        var error = Assert.Throws<IOException>(output.Open);

        Assert.StartsWith($"{_folder[path]}: results cannot be written to this folder: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void Open_FolderThatTakesNoFiles_SaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A folder of Linux that takes no files from anybody.");
        using var output = new OutputFolder("/proc");

        Assert.Contains("/proc: results cannot be written", Assert.Throws<IOException>(output.Open).Message, StringComparison.Ordinal);
        Assert.False(output.CanBeWritten());
    }
}
