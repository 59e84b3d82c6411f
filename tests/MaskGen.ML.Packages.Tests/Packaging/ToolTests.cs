using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MaskGen.ML.Results;

namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>The command line as what is installed: packed for this machine, installed from that folder, run.</summary>
[Collection(nameof(PackedPackages))]
public class ToolTests(PackedPackages packages)
{
    // Packed; for linux-x64, which has three programs in it, or one.
    private static readonly int MostBytes = PackedPackages.OnlyLevel is null ? 60_000_000 : 35_000_000;

    private static readonly string Image = Fixture.Path("images/still-life.png");

    [Fact]
    public void Install_ThenRun_GivesTheSameFilesAsTheBuiltProgram()
    {
        var tool = packages.InstalledTool();
        using var folder = new TestFolder();
        string[] arguments = ["everything", Image, "--model", "nano", "--points-per-side", "8", "--format", "json,png,coco"];
        var asBuilt = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "maskgen.exe" : "maskgen");

        DotnetCommand.RunProgram(tool, [.. arguments, "--out", folder["installed"]]);
        DotnetCommand.RunProgram(asBuilt, [.. arguments, "--out", folder["built"]]);

        var names = Directory.GetFiles(folder["built"]).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        Assert.True(names.Count > 5);
        Assert.Equal(names, Directory.GetFiles(folder["installed"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(folder[$"built/{name}"]), File.ReadAllBytes(folder[$"installed/{name}"])));
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512F")]
    [InlineData("DOTNET_EnableAVX2")]
    public void Run_WithoutTheWidestVectors_FindsTheSameMasks(string variable)
    {
        LongTests.SkipUnlessWanted();
        var tool = packages.InstalledTool();
        using var folder = new TestFolder();
        string[] arguments = ["prompt", Image, "--box", "130,190,312,365", "--model", "nano", "--format", "json"];

        DotnetCommand.RunProgram(tool, [.. arguments, "--out", folder["wide"]]);
        DotnetCommand.RunProgram(tool, [.. arguments, "--out", folder["narrow"]], new() { [variable] = "0" });

        var (wide, narrow) = (Records("wide"), Records("narrow"));
        Assert.Equal(wide.Count, narrow.Count);
        Assert.All(wide.Zip(narrow), pair => Assert.True(MaskOverlap.Iou(pair.First.Segmentation, pair.Second.Segmentation) > 0.999));

        MaskSet Records(string name) => MasksJson.Load(folder[$"{name}/still-life.prompt.masks.json"]).Masks;
    }

    // It ended while ONNX Runtime's library was still being loaded, and then crashed one time in ten.
    [Fact]
    public void Prompt_RefusedAtOnce_EndsWithItsExitCode()
    {
        var tool = packages.InstalledTool();
        using var folder = new TestFolder();

        for (var run = 0; run < 40; run++)
        {
            var (exitCode, output) = DotnetCommand.TryProgram(tool, "prompt", Image, "--point", "5000,375", "--out", folder.Path);
            Assert.True(exitCode == 2, $"exit code {exitCode}\n{output}");
        }
    }

    [Fact]
    public void Help_IsThere()
    {
        var help = DotnetCommand.RunProgram(packages.InstalledTool(), "--help");

        Assert.Contains("everything", help, StringComparison.Ordinal);
        Assert.Contains("models", help, StringComparison.Ordinal);
    }

    [Fact]
    public void Package_OfThisMachine_HasWhatItLoadsWithNoticesAndNothingElse()
    {
        packages.PackTool();
        var path = packages.PathOf("maskgen." + Runtime());
        using var zip = ZipFile.OpenRead(path);
        var files = zip.Entries.Select(entry => entry.FullName).ToList();

        Assert.True(new FileInfo(path).Length < MostBytes, $"{path}: {new FileInfo(path).Length} bytes; at most {MostBytes} are wanted");
        Assert.Empty(new[] { "LICENSE", "THIRD-PARTY-NOTICES.md", "PACKAGE.md", "MODEL-CARD.md" }.Except(files));
        foreach (var notice in new[] { "Microsoft.ML.OnnxRuntime/ThirdPartyNotices.txt", "SkiaSharp/THIRD-PARTY-NOTICES.txt" })
        {
            Assert.Contains(files, file => file.EndsWith("licenses/" + notice, StringComparison.Ordinal));
        }

        Assert.Contains(files, file => Regex.IsMatch(file, "onnxruntime\\.(so|dll|dylib)$"));
        Assert.Contains(files, file => Regex.IsMatch(file, "SkiaSharp\\.(so|dll|dylib)$"));
        var native = OperatingSystem.IsWindows() ? "\\.(so|dylib)$" : "/onnxruntime\\.dll$";
        Assert.DoesNotContain(files, file => Regex.IsMatch(file, native + "|/(ios|android)/|\\.(dbg|dwarf|pdb|lib)$"));
    }

    [Fact]
    public void Package_ByItsName_NamesThoseOfEveryMachine()
    {
        packages.PackTool();
        using var zip = ZipFile.OpenRead(packages.PathOf("maskgen"));
        using var stream = zip.Entries.Single(entry => entry.Name == "DotnetToolSettings.xml").Open();
        var named = XDocument.Load(stream).Descendants("RuntimeIdentifierPackage")
            .Select(element => ((string)element.Attribute("RuntimeIdentifier")!, (string)element.Attribute("Id")!));

        string[] machines = ["linux-x64", "linux-arm64", "win-x64", "win-arm64", "osx-arm64"];
        Assert.Equal(machines.Select(machine => (machine, "maskgen." + machine)).Order(), named.Order());
        Assert.True(new FileInfo(packages.PathOf("maskgen")).Length < 100_000);
    }

    private static string Runtime()
    {
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        return $"{system}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";
    }
}
