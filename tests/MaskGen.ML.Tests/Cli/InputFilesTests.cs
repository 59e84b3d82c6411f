using System.Diagnostics;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Results;

namespace MaskGen.ML.Tests.Cli;

public sealed class InputFilesTests : IDisposable
{
    private static readonly string Scene = Fixture.Path("images/scene.png");

    private readonly TestFolder _folder = new();
    private readonly List<string> _failures = [];
    private readonly List<string> _said = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Expand_FolderThatMayNotBeRead_IsSaidToBeSo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions of Unix.");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may read everything.");
        File.Copy(Scene, _folder["a.png"]);
        if (!OperatingSystem.IsWindows())
        {
            var mode = File.GetUnixFileMode(_folder.Path);
            File.SetUnixFileMode(_folder.Path, UnixFileMode.None);
            try
            {
                Assert.Empty(Expand(_folder.Path));
            }
            finally
            {
                File.SetUnixFileMode(_folder.Path, mode);
            }
        }

        Assert.StartsWith($"{_folder.Path}: the folder cannot be read: ", Assert.Single(_failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_Folder_TakesImagesAndCountsAndNamesTheRestInOneLine()
    {
        string[] images = ["b.png", "a.PNG", "c.jfif", "d.jpe", "e.jif", "f.webp"];
        string[] others = [".hidden.png", "._b.png", "Thumbs.db", "g.tif", "notes.txt", "h.heic", "i.tiff"];
        foreach (var name in images.Concat(others))
        {
            File.Copy(Scene, _folder[name]);
        }

        _folder.Write("b.overlay.png", ResultSamples.Bytes(ResultKind.Overlay));
        _folder.Write("photo.jpg", ResultSamples.Bytes(ResultKind.Mask));
        _folder.Write("b.masks.json", ResultSamples.Bytes(ResultKind.Records));
        Directory.CreateDirectory(_folder["z.png"]);

        Assert.Equal(["a.PNG", "b.png", "c.jfif", "d.jpe", "e.jif", "f.webp"], Expand(_folder.Path));

        Assert.Empty(_failures);
        var line = Assert.Single(_said);
        Assert.StartsWith(
            "Passed over 10 files: 3 hidden (._b.png, .hidden.png, Thumbs.db); 3 results of earlier runs (",
            line,
            StringComparison.Ordinal);
        Assert.Contains("b.masks.json, b.overlay.png, photo.jpg", line, StringComparison.Ordinal);
        Assert.Contains("4 of other types than .png", line, StringComparison.Ordinal);
        Assert.Contains("(g.tif, h.heic, i.tiff, ...)", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_FolderOfImagesOnly_SaysNothing()
    {
        File.Copy(Scene, _folder["a.png"]);

        Assert.Single(Expand(_folder.Path));

        Assert.Empty(_said);
    }

    [Fact]
    public void Expand_Pattern_CountsOnlyWhatFitsIt()
    {
        foreach (var name in new[] { "a.png", "b.jpg", ".a.png", "notes.txt" })
        {
            File.Copy(Scene, _folder[name]);
        }

        Assert.Equal(["a.png"], Expand(_folder["*.png"]));

        Assert.Equal("Passed over 1 file: 1 hidden (.a.png).", Assert.Single(_said));
    }

    [Fact]
    public void Expand_FilesByName_AreTakenAsTheyAreButOwnResults()
    {
        File.Copy(Scene, _folder[".hidden.png"]);
        File.Copy(Scene, _folder["a.tif"]);
        _folder.Write("a.overlay.png", ResultSamples.Bytes(ResultKind.Overlay));

        // As a shell expands in/*.png in the second run with --out in.
        Assert.Equal(
            [".hidden.png", "a.tif", "none.png"],
            Expand(_folder[".hidden.png"], _folder["a.overlay.png"], _folder["a.tif"], _folder["none.png"]));

        Assert.Equal("Passed over 1 file: 1 result of an earlier run (a.overlay.png).", Assert.Single(_said));
        Assert.Empty(_failures);
    }

    [Fact]
    public void Expand_NothingButOwnResults_Fails()
    {
        _folder.Write("a.overlay.png", ResultSamples.Bytes(ResultKind.Overlay));

        Assert.Empty(Expand(_folder["a.overlay.png"]));
        Assert.Empty(Expand(_folder.Path));
        Assert.Empty(Expand(_folder["*.png"]));

        Assert.Equal(3, _failures.Count);
        Assert.Equal(3, _said.Count);
    }

    [Fact]
    public void Expand_OneFileByManyPaths_IsTakenOnce()
    {
        Directory.CreateDirectory(_folder["in"]);
        File.Copy(Scene, _folder["in/a.png"]);
        Directory.CreateSymbolicLink(_folder["link"], _folder["in"]);
        File.CreateSymbolicLink(_folder["a.jpg"], _folder["in/a.png"]);
        File.CreateSymbolicLink(_folder["b.png"], _folder["in/a.png"]);

        Assert.Equal(
            ["a.png", "b.png"],
            Expand(
                _folder["in/a.png"], _folder["link/a.png"], _folder["in/../in/a.png"], _folder["a.jpg"], _folder["b.png"], _folder["in"]));
    }

    [Fact]
    public void Expand_PipeInAFolder_IsPassedOverAndNotOpened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Pipes of Unix.");
        using var made = Process.Start("mkfifo", [_folder["pipe.png"]]);
        made.WaitForExit();
        File.Copy(Scene, _folder["a.png"]);

        Assert.Equal(["a.png"], Expand(_folder.Path));

        Assert.Contains("pipe.png", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_NameWithControlCharacters_IsSpeltOut()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        File.WriteAllText(_folder["a\u001b[31m.txt"], "x");
        File.Copy(Scene, _folder["a.png"]);

        Expand(_folder.Path);

        Assert.Contains(@"a\x1b[31m.txt", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AnyImage_HasTheHashOfTheFile()
    {
        File.Copy(Scene, _folder["a.png"]);
        File.CreateSymbolicLink(_folder["link.png"], _folder["a.png"]);
        var expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Scene)));

        Assert.Equal(expected, InputImage.Load(_folder["a.png"]).Sha256);
        Assert.Equal(expected, InputImage.Load(_folder["link.png"]).Sha256);
        Assert.Equal(expected, InputImage.HashOf(_folder["a.png"]));
        Assert.Null(InputImage.HashOf(_folder["none.png"]));
        Assert.Throws<FileNotFoundException>(() => InputImage.Load(_folder["none.png"]));
        Assert.ThrowsAny<Exception>(() => InputImage.Load(_folder.Path));
    }

    // Opening one would wait for ever for somebody who writes into it.
    [Fact]
    public void Load_Pipe_IsRefusedUnopened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Pipes of Unix.");
        using var made = Process.Start("mkfifo", [_folder["pipe.png"]]);
        made.WaitForExit();

        var error = Assert.Throws<InvalidDataException>(() => InputImage.Load(_folder["pipe.png"]));

        Assert.Contains("pipe", error.Message, StringComparison.Ordinal);
        Assert.Null(InputImage.HashOf(_folder["pipe.png"]));
    }

    private List<string?> Expand(params string[] arguments) =>
        [.. InputFiles.Expand(arguments, _failures.Add, _said.Add).Select(Path.GetFileName)];
}
