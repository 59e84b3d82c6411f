using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests.Benchmarks;

/// <summary>Every benchmark still runs; what it measures is not looked at.</summary>
public class DryRunTests
{
    [Theory]
    [InlineData("clicks", "pointer to painted")]
    [InlineData("decoder", "single point:")]
    [InlineData("everything", "of three masks per point survive")]
    [InlineData("exports", "| q4 |")]
    [InlineData("loading", "to the first mask")]
    [InlineData("models", "| nano |")]
    [InlineData("precision", "segmenting everything")]
    [InlineData("serve", "clicks answered: 4 of 4")]
    [InlineData("runs", "two processes against one")]
    [InlineData("fleet", "PostgreSQL:")]
    [InlineData("startup", "cold against warm")]
    [InlineData(null, "Fused")] // those of BenchmarkDotNet, all of them
    public async Task Benchmark_OnTheSmallestSizes_GetsToItsEnd(string? name, string said)
    {
        var folder = AppContext.BaseDirectory.Replace("MaskGen.ML.Tests", "MaskGen.ML.Benchmarks", StringComparison.Ordinal);
        var program = Path.Combine(folder, "MaskGen.ML.Benchmarks" + (OperatingSystem.IsWindows() ? ".exe" : string.Empty));
        var start = new ProcessStartInfo(program, name is null ? ["--dry-run"] : ["--dry-run", name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, output + await error);
        Assert.Contains(said, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_AreThoseThatTheProgramKnows()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root(), "tests", "MaskGen.ML.Benchmarks", "Program.cs"));
        var tested = typeof(DryRunTests).GetMethod(nameof(Benchmark_OnTheSmallestSizes_GetsToItsEnd))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Select(row => (string?)((InlineDataAttribute)row).Data[0]);

        var known = Regex.Matches(source, """case \["(\w+)""")
            .Select(match => match.Groups[1].Value).Distinct();
        Assert.Equal(known.Order(StringComparer.Ordinal), tested.OfType<string>().Order(StringComparer.Ordinal));
    }
}
