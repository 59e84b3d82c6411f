using System.Diagnostics;

namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>Runs the SDK, or a program that it made, with no process left behind that would hold the output open.</summary>
internal static class DotnetCommand
{
    private static readonly string[] BuildOptions = ["--disable-build-servers", "-nodeReuse:false", "-v:quiet"];

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

    /// <summary>Runs <c>dotnet</c>; it must end well.</summary>
    public static void Run(string folder, params IEnumerable<string> arguments)
    {
        var (exitCode, output) = Try(folder, arguments);
        Assert.True(exitCode == 0, $"dotnet {string.Join(' ', arguments)}: exit code {exitCode}\n{output}");
    }

    /// <summary>Runs <c>dotnet</c>, which may fail.</summary>
    public static (int ExitCode, string Output) Try(string folder, params IEnumerable<string> arguments) =>
        Start(Dotnet, folder, arguments.Contains("tool") ? arguments : [.. arguments, .. BuildOptions]);

    /// <summary>Runs <c>dotnet</c> for what knows nothing of builds, such as a local tool; it may fail.</summary>
    public static (int ExitCode, string Output) TryTool(string folder, params IEnumerable<string> arguments) =>
        Start(Dotnet, folder, arguments);

    /// <summary>Runs a program that was published, and gives what it writes.</summary>
    public static string RunProgram(string path, params string[] arguments) => RunProgram(path, arguments, []);

    /// <summary>The same with variables of the environment.</summary>
    public static string RunProgram(string path, string[] arguments, Dictionary<string, string> variables)
    {
        var (exitCode, output) = Start(path, Path.GetDirectoryName(path)!, arguments, variables);
        Assert.True(exitCode == 0, $"{path}: exit code {exitCode}\n{output}");
        return output;
    }

    /// <summary>Runs a program, which may fail.</summary>
    public static (int ExitCode, string Output) TryProgram(string path, params string[] arguments) =>
        Start(path, Path.GetDirectoryName(path)!, arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static (int ExitCode, string Output) TryProgram(string path, string[] arguments, Dictionary<string, string> variables) =>
        Start(path, Path.GetDirectoryName(path)!, arguments, variables);

    private static (int ExitCode, string Output) Start(
        string program, string folder, IEnumerable<string> arguments, Dictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(
            program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

        // The tests may have been started by a build, whose settings are not those of this one.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in variables ?? [])
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(
            Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(typeof(object).Assembly.Location))));
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
