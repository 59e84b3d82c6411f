using MaskGen.ML.Files;

namespace MaskGen.ML.Tests.Files;

public sealed class PublishedFileTests : IDisposable
{
    private const int Rounds = 10_000;
    private const int Racers = 3;
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryName_SeveralAtOnce_HasOneWinner()
    {
        var wins = new int[Racers][];
        using var start = new Barrier(Racers);
        var threads = Enumerable.Range(0, Racers).Select(racer => new Thread(() =>
        {
            wins[racer] = new int[Rounds];
            for (var round = 0; round < Rounds; round++)
            {
                var source = _folder[$"{racer}"];
                File.WriteAllText(source, $"{racer}");
                start.SignalAndWait();
                wins[racer][round] = PublishedFile.TryName(source, _folder[$"done-{round}"]) ? 1 : 0;
                start.SignalAndWait();
                File.Delete(source);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        for (var round = 0; round < Rounds; round++)
        {
            var winner = Assert.Single(Enumerable.Range(0, Racers), racer => wins[racer][round] == 1);
            Assert.Equal($"{winner}", File.ReadAllText(_folder[$"done-{round}"]));
        }
    }

    [Fact]
    public void TryPublish_NameThatIsTaken_LeavesWhatIsThere()
    {
        Directory.CreateDirectory(_folder["tmp"]);
        using (var first = Begin("first"))
        {
            Assert.True(first.TryPublish());
        }

        using (var second = Begin("second"))
        {
            Assert.False(second.TryPublish());
        }

        Assert.Equal("first", File.ReadAllText(_folder["a.txt"]));
        Assert.Empty(Everything("tmp"));
        Assert.Equal(["a.txt", "tmp"], Everything(".").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Dispose_BeforeItsEnd_LeavesNothing()
    {
        Directory.CreateDirectory(_folder["tmp"]);
        using (var file = Begin("half"))
        {
            Assert.Single(Everything("tmp"));
            Assert.False(File.Exists(_folder["a.txt"]));
        }

        Assert.Equal(["tmp"], Everything("."));
        Assert.Empty(Everything("tmp"));
    }

    [Fact]
    public void Replace_AnOlderFile_IsTheNewOne()
    {
        Directory.CreateDirectory(_folder["tmp"]);
        File.WriteAllText(_folder["a.txt"], "older");
        using (var file = Begin("new"))
        {
            file.Replace();
        }

        Assert.Equal("new", File.ReadAllText(_folder["a.txt"]));
        Assert.Empty(Everything("tmp"));
    }

    [Fact]
    public void TryPublish_FolderThatIsGone_NamesTheFile()
    {
        Directory.CreateDirectory(_folder["tmp"]);
        Directory.CreateDirectory(_folder["masks"]);
        using var file = new PublishedFile(_folder["masks/a.txt"], _folder["tmp"]);
        Directory.Delete(_folder["masks"]);

        var error = Assert.ThrowsAny<IOException>(() => file.TryPublish());

        Assert.StartsWith($"{_folder["masks/a.txt"]}: cannot be written: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Probe_AFolderOfThisDisk_FindsNothingWrongAndLeavesNothing()
    {
        Assert.Null(PublishedFile.Probe(_folder.Path));
        Assert.Empty(Everything("."));
    }

    private PublishedFile Begin(string text)
    {
        var file = new PublishedFile(_folder["a.txt"], _folder["tmp"]);
        file.Stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        return file;
    }

    private IEnumerable<string> Everything(string folder) =>
        Directory.GetFileSystemEntries(_folder[folder], "*", new EnumerationOptions { AttributesToSkip = 0 })
            .Select(entry => Path.GetFileName(entry)!);
}
