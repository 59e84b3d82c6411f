using System.Diagnostics;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Programs of the system that runs the tests: to mount, to build a container.</summary>
internal static class SystemProgram
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code and what it wrote; 127, as of a shell, where it is not installed.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> TryAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, output, await error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, string.Empty, $"{program}: {e.Message}");
        }
    }

    /// <summary>Runs a program, which has to do it.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var (exitCode, output, error) = await TryAsync(program, arguments, variables);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {exitCode}\n{output}{error}");
        return output;
    }
}
