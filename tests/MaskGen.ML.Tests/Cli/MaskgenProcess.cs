using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Tests.Cli;

/// <summary>The built command line as a process of its own.</summary>
internal sealed partial class MaskgenProcess : IDisposable
{
    // What the process promises is far less; a loaded machine gets more.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private MaskgenProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // The runtime that runs the tests, wherever it is.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

        // Nobody's own choice of a model.
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Path.GetTempPath(), "maskgen-tests-without-settings");
        start.Environment.Remove("MASKGEN_MODEL");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "maskgen.exe" : "maskgen");

    /// <summary>Starts it.</summary>
    public static MaskgenProcess Start(string[] arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        new(Program, arguments, environment);

    /// <summary>Starts it by a line of shell in which <c>"$@"</c> is the program with its arguments. Skips the test on Windows.</summary>
    public static MaskgenProcess StartByShell(string line, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        SkipUnlessUnix();
        return new MaskgenProcess("/bin/sh", ["-c", line, "sh", Program, .. arguments], environment);
    }

    /// <summary>Starts it so that it hears signals, whatever the tests were started to ignore, as shells do with background jobs.</summary>
    public static MaskgenProcess StartToSignal(string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        SkipUnlessUnix();
        using var probe = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", "true"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0
            ? new MaskgenProcess("env", ["--default-signal=INT,QUIT,HUP,TERM", Program, .. arguments], environment)
            : Start(arguments, environment);
    }

    /// <summary>Reads lines of standard error until one is what is waited for, and no further.</summary>
    public async Task<string> ErrorLineAsync(Func<string, bool> isWanted)
    {
        while (await _process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (isWanted(line))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The process ended with {_process.ExitCode} before it wrote the line.");
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int number)
    {
        if (!_process.HasExited)
        {
            Kill(_process.Id, number);
        }
    }

    /// <summary>Waits for the end without reading what is written.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeToEnd, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Reads all that is written, and waits for the end.</summary>
    public async Task<(int ExitCode, string Output, string Error)> ResultAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Task.WhenAll(output, error);
        return (await ExitCodeAsync(), await output, await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static void SkipUnlessUnix() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs signals and a shell.");

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
