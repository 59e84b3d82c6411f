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
        string[] others = [".hidden.png", "._b.png", "Thumbs.db", "g.xcf", "notes.txt", "h.heic", "i.psd"];
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
        Assert.Contains("(g.xcf, h.heic, i.psd, ...)", line, StringComparison.Ordinal);
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
    public void Expand_FolderWithSubFoldersOnly_PointsToTheOption()
    {
        Copy("x/a.png");

        Assert.Empty(Expand(_folder.Path));

        Assert.EndsWith("found none. --recursive takes those of its sub-folders too.", Assert.Single(_failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_Tree_TakesFoldersInOrderAndNamesFilesByTheirPathBelowIt()
    {
        Copy("b.png", "a.PNG", "z/a.Jpg", "z/y/a.png", "c d/it's \"one\".png", "\u56fe\u7247/\u732b.webp", "a.png.d/a.gif");
        Copy("empty/notes.txt");

        Assert.Equal(
            ["a.PNG", "b.png", "a.png.d/a.gif", "c d/it's \"one\".png", "z/a.Jpg", "z/y/a.png", "\u56fe\u7247/\u732b.webp"],
            Names(isRecursive: true, _folder.Path));

        Assert.Empty(_failures);
        Assert.Contains("(empty/notes.txt)", Assert.Single(_said), StringComparison.Ordinal);
        Assert.Equal(["a.Jpg", "y/a.png"], Names(isRecursive: true, _folder["z/"]));
        Assert.Equal(["a.PNG", "b.png"], Names(isRecursive: false, _folder.Path));
    }

    [Fact]
    public void Expand_NameWithALineEnd_IsOneName()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        Copy("x\ny/a\nb.png");

        Assert.Equal(["x\ny/a\nb.png"], Names(isRecursive: true, _folder.Path));
        Assert.Equal(["x\ny/a\nb.png"], Names(isRecursive: false, _folder["**/*.png"]));
    }

    [Theory]
    [InlineData("**/*.jpg", "1.jpg", "x/2.JPG", "x/y/3.jpg", "x2/4.jpg")]
    [InlineData("**", "0.png", "1.jpg", "x/2.JPG", "x/y/3.jpg", "x2/4.jpg", "x2/5.png")]
    [InlineData("**/**/?.jpg", "1.jpg", "x/2.JPG", "x/y/3.jpg", "x2/4.jpg")]
    [InlineData("x/**/*.jpg", "2.JPG", "y/3.jpg")]
    [InlineData("X*/*.jpg", "x/2.JPG", "x2/4.jpg")]
    [InlineData("x?/*", "x2/4.jpg", "x2/5.png")]
    [InlineData("*/y/*", "x/y/3.jpg")]
    [InlineData("**/y/**/*.jpg", "x/y/3.jpg")]
    [InlineData("**/x/*", "x/2.JPG")]
    [InlineData("./**/./5.*", "x2/5.png")]
    [InlineData("x/../x2//*.jpg", "4.jpg")]
    [InlineData("*.jpg", "1.jpg")]
    public void Expand_PatternOverATree_NamesFilesByTheirPathBelowThePartWithoutWildcards(string pattern, params string[] expected)
    {
        Copy("0.png", "1.jpg", "x/2.JPG", "x/y/3.jpg", "x2/4.jpg", "x2/5.png");

        Assert.Equal(expected, Names(isRecursive: false, _folder[pattern]));

        Assert.Empty(_failures);
    }

    [Fact]
    public void Expand_PatternThatFitsFolders_TakesThemWithTheOptionOnly()
    {
        Copy("2024-05/a.jpg", "2024-06/x/a.jpg", "2024.jpg", "2025/a.jpg");

        Assert.Equal(["2024.jpg"], Names(isRecursive: false, _folder["2024*"]));
        Assert.Equal(["2024.jpg", "2024-05/a.jpg", "2024-06/x/a.jpg"], Names(isRecursive: true, _folder["2024*"]));
    }

    [Fact]
    public void Expand_PatternThatFitsNothing_IsAnError()
    {
        Copy("x/a.png");

        Assert.Empty(Names(isRecursive: false, _folder["none/**/*.png"], _folder["**/*.gif"]));

        Assert.Equal(2, _failures.Count);
        Assert.All(_failures, failure => Assert.EndsWith("expected images of that name, found none.", failure, StringComparison.Ordinal));
    }

    [Fact]
    public void Expand_FolderWhoseNameHasAWildcard_IsThatFolder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        Copy("a*b/1.png", "acb/2.png", "a*b/x/3.png");

        Assert.Equal(["1.png"], Names(isRecursive: false, _folder["a*b/*.png"]));
        Assert.Equal(["1.png", "x/3.png"], Names(isRecursive: true, _folder["a*b"]));
    }

    [Fact]
    public void Expand_FoldersThatAreNoImagesOfAnybodys_AreCountedAndNamed()
    {
        Copy("a.png", ".git/a.png", "x/.cache/a.png", "x/@eaDir/a.png", "x/lost+found/a.png", "out/a.png", "x/out/a.png");
        Directory.CreateSymbolicLink(_folder["x/up"], "..");
        Directory.CreateSymbolicLink(_folder["x/other"], _folder["x"]);

        Assert.Equal(["a.png", "x/out/a.png"], Names(isRecursive: true, _folder.Path));

        Assert.Equal(
            "Passed over 7 folders: 4 hidden folders (.git, x/.cache, x/@eaDir, ...); 2 links to folders (x/other, x/up); "
            + "1 folder of the results (out).",
            Assert.Single(_said));
        Assert.Empty(_failures);
    }

    [Fact]
    public void Expand_FoldersThatAreNamed_AreSearchedWhateverTheyAre()
    {
        Copy("x/.cache/a.png", "out/a.png", "y/a.png");
        Directory.CreateSymbolicLink(_folder["link"], _folder["y"]);

        Assert.Equal(["a.png"], Names(isRecursive: true, _folder["x/.cache"]));
        Assert.Equal(["a.png"], Names(isRecursive: true, _folder["out"]));
        Assert.Equal(["a.png"], Names(isRecursive: true, _folder["link"]));
        Assert.Equal(["a.png"], Names(isRecursive: false, _folder["link/**"]));
        Assert.Empty(_said);

        Assert.Equal(["x/.cache/a.png"], Names(isRecursive: false, _folder["*/.cache/*.png"]));
        Assert.DoesNotContain("hidden", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_SubFolderThatMayNotBeRead_IsNamedAndTheOthersAreTaken()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions of Unix.");
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The superuser may read everything.");
        Copy("a.png", "x/y/b.png", "z/c.png");
        if (!OperatingSystem.IsWindows())
        {
            var mode = File.GetUnixFileMode(_folder["x/y"]);
            File.SetUnixFileMode(_folder["x/y"], UnixFileMode.None);
            try
            {
                Assert.Equal(["a.png", "z/c.png"], Names(isRecursive: true, _folder.Path));
            }
            finally
            {
                File.SetUnixFileMode(_folder["x/y"], mode);
            }
        }

        Assert.StartsWith(
            $"{_folder.Path}: 1 folder below it cannot be read, and what is in there is left out: x/y (",
            Assert.Single(_failures),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_TreeAndWhatIsInIt_TakesEachFileOnce()
    {
        Copy("x/a.png", "x/y/b.png", "c.png");

        Assert.Equal(["c.png", "x/a.png", "x/y/b.png"], Names(isRecursive: true, _folder.Path, _folder["x"], _folder["x/y/b.png"]));
    }

    [Fact]
    public void Expand_HardLinksInDifferentFolders_AreTwoImages()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Made by a program of Unix.");
        Copy("x/a.png");
        Directory.CreateDirectory(_folder["y"]);
        using var process = Process.Start("ln", [_folder["x/a.png"], _folder["y/a.png"]]);
        process.WaitForExit();

        Assert.Equal(["x/a.png", "y/a.png"], Names(isRecursive: true, _folder.Path));
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

    private void Copy(params string[] names)
    {
        foreach (var name in names)
        {
            _folder.Write(name, File.ReadAllBytes(Scene));
        }
    }

    private List<string> Names(bool isRecursive, params string[] arguments) =>
        [.. InputFiles.Expand(arguments, new InputSearch(isRecursive, _folder["out"]), _failures.Add, _said.Add).Select(file => file.Name)];

    private List<string?> Expand(params string[] arguments) =>
        [.. InputFiles.Expand(arguments, new InputSearch(), _failures.Add, _said.Add).Select(file => Path.GetFileName(file.Path))];
}
