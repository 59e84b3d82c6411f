using System.Diagnostics;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Programs of the system that runs the tests: to mount, to build and run a container, of Slurm.</summary>
internal static class SystemProgram
{
    /// <summary>Runs a program to its end; cancelled, it is killed with all that it has started.</summary>
    /// <returns>Its exit code and what it wrote; 127, as of a shell, where it is not installed.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> TryAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? variables = null,
        CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // The tests may have been started by a build, whose settings are not those of one that they start.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        try
        {
            using var process = Process.Start(start)!;
            using var killing = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
            var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return (process.ExitCode, output, await error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, string.Empty, $"{program}: {e.Message}");
        }
    }

    /// <summary>Runs a program, which has to do it, unless the test is cancelled.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var (exitCode, output, error) = await TryAsync(program, arguments, variables, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {exitCode}\n{output}{error}");
        return output;
    }
}
