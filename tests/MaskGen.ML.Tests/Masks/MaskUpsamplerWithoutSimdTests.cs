using System.Diagnostics;

namespace MaskGen.ML.Tests.Masks;

/// <summary>The kernel's own tests on narrower machines: in a process whose runtime knows no vector instructions, or none beyond 128
/// bits.</summary>
public class MaskUpsamplerWithoutSimdTests
{
    [Theory]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    [InlineData("DOTNET_EnableAVX")]
    public void Measure_WithoutTheInstructions_PassesTheSameTests(string variable)
    {
        var start = new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, typeof(MaskUpsamplerWithoutSimdTests).Assembly.GetName().Name
                + (OperatingSystem.IsWindows() ? ".exe" : string.Empty)))
        {
            ArgumentList = { "-class", typeof(MaskUpsamplerTests).FullName! },
            Environment = { [variable] = "0" },
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;

        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
    }
}
