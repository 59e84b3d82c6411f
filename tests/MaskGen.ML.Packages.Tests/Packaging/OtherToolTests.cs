using System.Text.Json;

namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>The tools beside the command line as what is installed: packed for this machine, installed from that folder, run.</summary>
[Collection(nameof(PackedPackages))]
public class OtherToolTests(PackedPackages packages)
{
    [Fact]
    public void MaskgenRun_Installed_DoesARun()
    {
        var tool = packages.InstalledOtherTool("maskgen-run");
        using var folder = new TestFolder();
        var run = CreateRun(tool, folder);

        DotnetCommand.RunProgram(tool, "work", run, "--part", "0/1");
        var (finished, message) = DotnetCommand.TryProgram(tool, "finish", run);
        using var status = JsonDocument.Parse(DotnetCommand.RunProgram(tool, "status", run, "--json"));

        Assert.True(finished == 1, $"exit code {finished}, where one of two images failed\n{message}");
        Assert.Equal(2, status.RootElement.GetProperty("done_images").GetInt32());
        Assert.Equal(1, status.RootElement.GetProperty("failed_images").GetInt32());
        Assert.True(File.Exists(Path.Combine(run, "masks", "part-00000.parquet")));
        Assert.True(File.Exists(Path.Combine(run, "_SUCCESS")));
    }

    [Fact]
    public void MaskgenFleet_Installed_IsWhatMaskgenRunStarts()
    {
        LongTests.SkipUnlessWanted();
        var tool = packages.InstalledOtherTool("maskgen-run");
        var fleet = packages.InstalledOtherTool("maskgen-fleet");
        using var folder = new TestFolder();
        var path = Path.GetDirectoryName(fleet) + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");

        var (exitCode, output) = DotnetCommand.TryProgram(
            tool, ["submit", CreateRun(tool, folder)], new() { ["PATH"] = path, ["MASKGEN_QUEUE"] = string.Empty });

        Assert.Equal(2, exitCode);
        Assert.Contains("MASKGEN_QUEUE", output, StringComparison.Ordinal);
    }

    [Fact]
    public void MaskgenServe_Installed_KnowsItsOptions()
    {
        LongTests.SkipUnlessWanted();
        var help = DotnetCommand.RunProgram(packages.InstalledOtherTool("maskgen-serve"), "--help");

        Assert.Contains("--host-name", help, StringComparison.Ordinal);
    }

    // Of an image, and of a file that is none.
    private static string CreateRun(string tool, TestFolder folder)
    {
        folder.Write("in/scene.png", File.ReadAllBytes(Fixture.Path("images/scene.png")));
        folder.Write("in/broken.png", [1, 2, 3]);
        DotnetCommand.RunProgram(tool, "create", folder["in"], "--run", folder["run"], "--model", "nano", "--points-per-side", "4");
        return folder["run"];
    }
}
