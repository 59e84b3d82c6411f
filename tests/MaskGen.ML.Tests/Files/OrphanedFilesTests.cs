using FsCheck.Xunit;
using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public sealed class OrphanedFilesTests : IDisposable
{
    private static readonly UnfinishedFileName Ours = UnfinishedFileName.TryParse(UnfinishedFileName.Next())!.Value;
    private static readonly UnfinishedFileName Dead = Ours with { Started = Ours.Started + 1 };
    private static readonly UnfinishedFileName Elsewhere = Ours with { Host = Ours.Host ^ 1 };

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property]
    public void Name_AnyProcess_ReadsBack(uint host, int id, ulong started, int number)
    {
        var name = new UnfinishedFileName(host, id, started, number);

        Assert.Equal(name, UnfinishedFileName.TryParse(name.ToString()));
    }

    [Theory]
    [InlineData("a.png")]
    [InlineData(".mg-.tmp")]
    [InlineData(".mg-1.tmp")]
    [InlineData(".mg-12345678-1-1.tmp")]
    [InlineData(".mg-12345678-1-1-1.png")]
    [InlineData(".mg-12345678-1-1-1-1.tmp")]
    [InlineData(".mg-12345678-01-1-1.tmp")]
    [InlineData(".mg-1234567G-1-1-1.tmp")]
    [InlineData(".mg-1234567A-1-1-1.tmp")]
    [InlineData("x.mg-12345678-1-1-1.tmp")]
    [InlineData(".mg-tmp")]
    public void Name_OfAnotherFile_IsNone(string name) => Assert.Null(UnfinishedFileName.TryParse(name));

    [Fact]
    public void Name_OfThisProcess_SaysThatItIsAlive()
    {
        Assert.True(Ours.IsOfThisHost);
        Assert.True(Ours.IsProcessAlive);
        Assert.False(Dead.IsProcessAlive);
        Assert.False(Elsewhere.IsOfThisHost);
    }

    [Fact]
    public void Sweep_FilesOfDeadProcesses_AreDeletedAndNoOthers()
    {
        string[] kept = ["a.tmp", ".mg-notes.tmp", ".mg-12345678-1-1.tmp", $"{Ours}", $"{Elsewhere}"];
        foreach (var name in kept)
        {
            File.WriteAllText(_folder[name], "kept");
        }

        File.WriteAllText(_folder[$"{Dead}"], "orphan");
        File.WriteAllText(_folder[$"{Dead with { Number = 7 }}"], "orphan");

        Assert.Equal(2, OrphanedFiles.Sweep(_folder.Path));

        Assert.Equal(kept.Order(), Entries());
    }

    [Fact]
    public void Sweep_FileOfAnotherHost_IsDeletedOnlyWhenOldAndNotLocked()
    {
        File.WriteAllText(_folder[$"{Elsewhere}"], "orphan");
        var (young, old) = (
            DateTime.UtcNow + OrphanedFiles.AgeLimit - TimeSpan.FromMinutes(5),
            DateTime.UtcNow + OrphanedFiles.AgeLimit + TimeSpan.FromMinutes(5));

        Assert.Equal(0, OrphanedFiles.Sweep(_folder.Path, young));
        using (new FileStream(_folder[$"{Elsewhere}"], FileMode.Open, FileAccess.Write, FileShare.None))
        {
            Assert.Equal(0, OrphanedFiles.Sweep(_folder.Path, old));
        }

        Assert.Equal(1, OrphanedFiles.Sweep(_folder.Path, old));
        Assert.Empty(Entries());
    }

    [Fact]
    public void Sweep_FileThatIsBeingWritten_StaysHoweverOld()
    {
        using var file = new AtomicFile(_folder["a.txt"]);

        Assert.Equal(0, OrphanedFiles.Sweep(_folder.Path, DateTime.UtcNow.AddYears(1)));

        file.Complete();
        Assert.Equal(["a.txt"], Entries());
    }

    [Fact]
    public void Sweep_LinkOfThatName_StaysAndSoDoesItsTarget()
    {
        File.WriteAllText(_folder["photo.png"], "photo");
        File.CreateSymbolicLink(_folder[$"{Dead}"], _folder["photo.png"]);

        Assert.Equal(0, OrphanedFiles.Sweep(_folder.Path));

        Assert.Equal("photo", File.ReadAllText(_folder["photo.png"]));
        Assert.Equal(2, Entries().Count());
    }

    [Fact]
    public void Sweep_ScratchFolderOfADeadProcess_GoesUnlessThereIsSomethingOfSomeone()
    {
        Directory.CreateDirectory(_folder[$"{Dead}"]);
        File.WriteAllText(_folder[$"{Dead}/a.png"], string.Empty);
        var other = Dead with { Number = 5 };
        Directory.CreateDirectory(_folder[$"{other}/inner"]);
        File.WriteAllBytes(_folder[$"{other}/photo.png"], new byte[10_000]);

        Assert.Equal(1, OrphanedFiles.Sweep(_folder.Path));

        Assert.Equal([$"{other}"], Entries());
        Assert.True(File.Exists(_folder[$"{other}/photo.png"]));
    }

    [Fact]
    public void Sweep_FolderThatIsNotThere_DoesNothing() => Assert.Equal(0, OrphanedFiles.Sweep(_folder["none"]));

    private IEnumerable<string?> Entries() =>
        Directory.GetFileSystemEntries(
            _folder.Path, "*", new EnumerationOptions { AttributesToSkip = 0 }).Select(Path.GetFileName).Order();
}
