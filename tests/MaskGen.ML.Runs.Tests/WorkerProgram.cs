using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Runs.Tests;

/// <summary>The built <c>maskgen-run</c>, or <c>maskgen-fleet</c>, as a process of its own.</summary>
internal sealed partial class WorkerProgram : IDisposable
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    private readonly Process _process;
    private bool _isDisposed;

    private WorkerProgram(string program, string[] arguments, IReadOnlyDictionary<string, string>? variables)
    {
        TestServers.SkipUnless(!OperatingSystem.IsWindows(), "Needs signals.");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };

        // The runtime that runs the tests, wherever it is.
        start.Environment["DOTNET_ROOT"] = DotnetRoot;
        start.Environment["XDG_CONFIG_HOME"] = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "maskgen-tests-without-settings");
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>The program's file.</summary>
    public static string Path => System.IO.Path.Combine(AppContext.BaseDirectory, "maskgen-run");

    /// <summary>The file of the program that works by a queue.</summary>
    public static string FleetPath
    {
        get
        {
            // tests/MaskGen.ML.Runs.Tests/bin/CONFIGURATION/net10.0/
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            return System.IO.Path.Combine(
                Repository.Root(), "src", "MaskGen.ML.Runs.Fleet", "bin", folder.Parent!.Name, folder.Name, "maskgen-fleet");
        }
    }

    /// <summary>Where the runtime is.</summary>
    public static string DotnetRoot =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Starts it.</summary>
    public static WorkerProgram Start(string[] arguments, IReadOnlyDictionary<string, string>? variables = null) =>
        new(Path, arguments, variables);

    /// <summary>Starts the program that works by a queue.</summary>
    public static WorkerProgram StartFleet(string[] arguments, IReadOnlyDictionary<string, string> variables) =>
        new(FleetPath, arguments, variables);

    /// <summary>Starts a program that starts it.</summary>
    public static WorkerProgram StartOther(string program, string[] arguments) => new(program, arguments, null);

    /// <summary>The process.</summary>
    public int Id => _process.Id;

    /// <summary>Reads a line of standard output; null at its end.</summary>
    public async Task<string?> OutputLineAsync() => await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    /// <summary>Reads a line of standard error; null at its end.</summary>
    public async Task<string?> LineAsync() => await _process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);

    /// <summary>Reads lines of standard error until one is what is waited for.</summary>
    public async Task<string> LineAsync(Func<string, bool> isWanted)
    {
        var before = new List<string>();
        while (await LineAsync() is { } line)
        {
            if (isWanted(line))
            {
                return line;
            }

            before.Add(line);
        }

        throw new InvalidOperationException($"The process ended before it wrote the line:\n{string.Join('\n', before)}");
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int number)
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, number);
        }
    }

    /// <summary>Reads what is left of standard error and waits for the end.</summary>
    public async Task<(int ExitCode, string Error)> EndAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await output;
        return (_process.ExitCode, error);
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
