using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public sealed class FolderProbeTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WriteAndCheckSpelling_AnyFolder_AgreesWithTheFolderAndLeavesNothing()
    {
        File.WriteAllText(_folder["name.txt"], "x");
        var takesOtherSpellings = File.Exists(_folder["NAME.TXT"]);
        File.Delete(_folder["name.txt"]);

        Assert.Equal(takesOtherSpellings, FolderProbe.WriteAndCheckSpelling(_folder.Path));

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void WriteAndCheckSpelling_AFileInItsPlace_Throws()
    {
        File.WriteAllText(_folder["file"], "x");

        Assert.ThrowsAny<IOException>(() => FolderProbe.WriteAndCheckSpelling(_folder["file"]));
    }

    [Fact]
    public void WriteAndCheckSpelling_FolderThatIsGone_ThrowsAndDoesNotMakeIt()
    {
        Assert.Throws<DirectoryNotFoundException>(() => FolderProbe.WriteAndCheckSpelling(_folder["gone"]));

        Assert.False(Directory.Exists(_folder["gone"]));
    }

    [Fact]
    public void FindSameNames_NamesThatAreOne_AreFoundByAskingTheFolder()
    {
        Assert.Null(FolderProbe.FindSameNames(_folder.Path, ["a", "b", "c"]));
        Assert.Equal(("b", "b"), FolderProbe.FindSameNames(_folder.Path, ["a", "b", "c", "b"]));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
