using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public class AtomicFileTests
{
    [Fact]
    public void Write_ThatFails_LeavesTheOlderFileAndNothingElse()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["a.txt"], "older");

        var error = Assert.Throws<IOException>(() => AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.WriteByte(1);
            throw new IOException($"No space left on device : '{((FileStream)stream).Name}'");
        }));

        // Nobody knows the file by the name it has till it is whole.
        Assert.Equal($"{folder["a.txt"]}: cannot be written: No space left on device : '{folder["a.txt"]}'", error.Message);

        Assert.Equal("older", File.ReadAllText(folder["a.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_ThatSucceeds_Replaces()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["a.txt"], "older");

        AtomicFile.Write(folder["a.txt"], stream => stream.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(folder["a.txt"]));
    }
}
