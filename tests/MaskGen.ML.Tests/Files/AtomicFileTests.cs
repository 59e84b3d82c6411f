using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ThatFails_LeavesTheOlderFileAndNothingElse()
    {
        File.WriteAllText(_folder["a.txt"], "older");

        var error = Assert.Throws<FormatException>(() => AtomicFile.Write(_folder["a.txt"], stream =>
        {
            stream.WriteByte(1);
            throw new FormatException("Not about the file.");
        }));

        Assert.Equal("Not about the file.", error.Message);
        Assert.Equal("older", File.ReadAllText(_folder["a.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_ErrorOfAnotherFile_PassesAsItIs()
    {
        // Reading a page while the list of pages is written, say.
        var error = Assert.Throws<FileNotFoundException>(
            () => AtomicFile.Write(_folder["a.txt"], _ => File.ReadAllText(_folder["b.txt"])));

        Assert.Contains("b.txt", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a.txt", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ThatSucceeds_Replaces()
    {
        File.WriteAllText(_folder["a.txt"], "older");

        AtomicFile.Write(_folder["a.txt"], stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(_folder["a.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_WhileItGoesOn_HasAHiddenShortNameThatIsLocked()
    {
        AtomicFile.Write(_folder["a.txt"], stream =>
        {
            stream.Write("new"u8);
            var name = Path.GetFileName(Directory.GetFiles(_folder.Path, "*", new EnumerationOptions { AttributesToSkip = 0 }).Single());
            Assert.StartsWith(".", name, StringComparison.Ordinal);
            Assert.InRange(name.Length, 1, 60);
            Assert.NotNull(UnfinishedFileName.TryParse(name));
            Assert.Throws<IOException>(() => new FileStream(_folder[name], FileMode.Open, FileAccess.Read, FileShare.None));
        });
    }

    [Theory]
    [InlineData(255)]
    [InlineData(250)]
    public void Write_NameAsLongAsTheFileSystemTakes_Works(int length)
    {
        var name = new string('n', length);

        AtomicFile.Write(_folder[name], stream => stream.Write("new"u8));

        Assert.Equal([name], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_NameThatIsTooLong_SaysSoAndLeavesNothing()
    {
        var name = new string('n', 256);

        var error = Assert.Throws<IOException>(() => AtomicFile.Write(_folder[name], stream => stream.Write("new"u8)));

        Assert.StartsWith($"{_folder[name]}: cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_NameOfALink_ReplacesTheLinkAndNotItsTarget()
    {
        File.WriteAllText(_folder["photo.txt"], "photo");
        File.CreateSymbolicLink(_folder["a.txt"], _folder["photo.txt"]);

        AtomicFile.Write(_folder["a.txt"], stream => stream.Write("new"u8));

        Assert.Equal("photo", File.ReadAllText(_folder["photo.txt"]));
        Assert.Equal("new", File.ReadAllText(_folder["a.txt"]));
        Assert.Null(new FileInfo(_folder["a.txt"]).LinkTarget);
    }

    [Fact]
    public void Write_NameOfAFolder_SaysWhyOnceAndLeavesNothing()
    {
        Directory.CreateDirectory(_folder["a.txt"]);

        var error = Assert.Throws<IOException>(() => AtomicFile.Write(_folder["a.txt"], stream => stream.Write("new"u8)));

        Assert.StartsWith($"{_folder["a.txt"]}: cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.Equal((2, 2), (error.Message.Split("cannot be written").Length, error.Message.Split(_folder["a.txt"]).Length));
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_FolderThatIsNotThere_NamesTheFileByItsOwnName()
    {
        var error = Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(_folder["none/a.txt"], _ => { }));

        Assert.Equal($"{_folder["none/a.txt"]}: cannot be written: its folder does not exist.", error.Message);
    }

    [Fact]
    public void Complete_FolderGoneMeanwhile_NamesTheFileByItsOwnName()
    {
        Directory.CreateDirectory(_folder["out"]);
        using var file = new AtomicFile(_folder["out/a.txt"]);
        Directory.Delete(_folder["out"], recursive: true);

        var error = Assert.ThrowsAny<IOException>(() => file.Complete());

        Assert.StartsWith($"{_folder["out/a.txt"]}: cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("No space left on device : '/o'brien/.mg-1-2-3-4.tmp'", "No space left on device.")]
    [InlineData("Access to the path '/out/.mg-1-2-3-4.tmp' is denied.", "Access to the path is denied.")]
    [InlineData("Broken pipe", "Broken pipe.")]
    public void Name_AnyError_TellsPathAndCauseOnce(string message, string cause)
    {
        var error = WriteErrors.Name(new IOException(message), "/out/a.json");

        Assert.Equal($"/out/a.json: cannot be written: {cause}", error.Message);
    }

    [Fact]
    public void IsDiskFull_ErrorOfAFullDisk_IsKnownThroughItsNames()
    {
        Assert.True(WriteErrors.IsDiskFull(WriteErrors.Name(new IOException("No space left on device", 28), "/out/a.json")));
        Assert.True(WriteErrors.IsDiskFull(new IOException("outer", new IOException("quota", 122))));
        Assert.False(WriteErrors.IsDiskFull(WriteErrors.Name(new IOException("Input/output error", 5), "/out/a.json")));
        Assert.False(WriteErrors.IsDiskFull(new InvalidDataException("No space left on device")));
    }

    [Fact]
    public void CompleteAll_SomeFiles_GivesThemTheirNames()
    {
        var files = Enumerable.Range(0, 20).Select(i => new AtomicFile(_folder[$"{i}.txt"])).ToList();
        files.ForEach(file => file.Stream.Write("new"u8));

        AtomicFile.CompleteAll(files);
        AtomicFile.CompleteAll([]);

        files.ForEach(file => file.Dispose());
        Assert.Equal(20, Directory.GetFiles(_folder.Path, "*.txt").Count(path => File.ReadAllText(path) == "new"));
        Assert.Equal(20, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void CompleteAll_OneThatFails_ThrowsItsErrorAndLeavesNothingOfIt()
    {
        Directory.CreateDirectory(_folder["3.txt"]);
        var files = Enumerable.Range(0, 5).Select(i => new AtomicFile(_folder[$"{i}.txt"])).ToList();

        var error = Assert.Throws<IOException>(() => AtomicFile.CompleteAll(files));

        files.ForEach(file => file.Dispose());
        Assert.StartsWith($"{_folder["3.txt"]}: cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, ".mg-*", new EnumerationOptions { AttributesToSkip = 0 }));
    }

    [Fact]
    public void DeleteAll_WhileFilesAreWritten_LeavesNoneAndTheirWritersFail()
    {
        var unfinished = new UnfinishedFiles();
        using var first = new AtomicFile(_folder["a.txt"], unfinished);
        using var second = new AtomicFile(_folder["b.txt"], unfinished);
        first.Stream.Write("new"u8);
        using (var done = new AtomicFile(_folder["c.txt"], unfinished))
        {
            done.Complete();
        }

        unfinished.DeleteAll();

        Assert.Equal(
            ["c.txt"], Directory.GetFiles(_folder.Path, "*", new EnumerationOptions { AttributesToSkip = 0 }).Select(Path.GetFileName));
        Assert.ThrowsAny<IOException>(() => first.Complete());
        Assert.ThrowsAny<IOException>(() => second.Stream.Write(new byte[1 << 20]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task DeleteAll_WhileOtherThreadsBeginFiles_ThrowsNothing()
    {
        var unfinished = new UnfinishedFiles();
        var writers = Enumerable.Range(0, 4).Select(thread => Task.Run(
            () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    try
                    {
                        using var file = new AtomicFile(_folder[$"{thread}-{i}.txt"], unfinished);
                        file.Stream.Write("new"u8);
                        file.Complete();
                    }
                    catch (IOException)
                    {
                        // Deleted from under it.
                    }
                }
            },
            TestContext.Current.CancellationToken)).ToList();
        while (writers.Any(writer => !writer.IsCompleted))
        {
            unfinished.DeleteAll();
        }

        await Task.WhenAll(writers);
        Assert.All(Directory.GetFiles(_folder.Path), file => Assert.Equal("new", File.ReadAllText(file)));
        Assert.Empty(Directory.GetFiles(_folder.Path, ".mg-*", new EnumerationOptions { AttributesToSkip = 0 }));
    }
}
