using System.Diagnostics;
using System.Globalization;

namespace MaskGen.ML.Benchmarks;

/// <summary>The program <c>maskgen-run</c>, started as its users start it, and images for it.</summary>
/// <param name="path">The program; null for the one that was built.</param>
internal sealed class RunProgram(string? path)
{
    private readonly string _path = path ?? Built();

    /// <summary>Options with which little is computed, in a dry run, and else those of a user who gives none.</summary>
    public static string[] Grid { get; } = BenchmarkScale.IsDryRun ? ["--points-per-side", "2"] : [];

    /// <summary>Writes images into a folder.</summary>
    public static string Copy(string folder, string name, int count)
    {
        var images = Path.Combine(folder, name);
        Directory.CreateDirectory(images);
        for (var i = 0; i < count; i++)
        {
            File.Copy(BenchmarkScale.Image, Path.Combine(images, $"{i:0000}.png"));
        }

        return images;
    }

    /// <summary>Creates a run of images in shards.</summary>
    public string Create(string folder, string images, string name, int shardImages, string[] options)
    {
        var run = Path.Combine(folder, name);
        string[] size = ["--shard-images", shardImages.ToString(CultureInfo.InvariantCulture)];
        using var process = Start(["create", images, "--run", run, "--model", "nano", .. size, .. options]);
        End(process);
        return run;
    }

    /// <summary>What a worker is told.</summary>
    public static string[] Work(string run, string part, int threads) =>
        ["work", run, "--part", part, "--threads", threads.ToString(CultureInfo.InvariantCulture)];

    /// <summary>How long workers take together, from their start to the end of the last.</summary>
    public double Seconds(params string[][] workers)
    {
        var watch = Stopwatch.StartNew();
        var processes = workers.Select(Start).ToList();
        processes.ForEach(End);
        processes.ForEach(process => process.Dispose());
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>Starts a worker, and kills it as soon as it says something.</summary>
    /// <exception cref="InvalidOperationException">It ended before, or has committed its shard meanwhile.</exception>
    public void KillAt(string message, string[] work, string part)
    {
        using var worker = Start([.. work, "--verbose"]);
        string? line;
        do
        {
            line = worker.StandardError.ReadLine() ?? throw new InvalidOperationException($"maskgen-run ended without '{message}'.");
        }
        while (!line.Contains(message, StringComparison.Ordinal));

        worker.Kill();
        worker.WaitForExit();
        if (File.Exists(part))
        {
            throw new InvalidOperationException($"maskgen-run was killed too late: '{part}' is there.");
        }
    }

    /// <summary>Starts it.</summary>
    public Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(_path, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["XDG_CONFIG_HOME"] = Path.GetTempPath();
        return Process.Start(start)!;
    }

    /// <summary>Waits until a process has ended well.</summary>
    public static void End(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        _ = output.Result;
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"maskgen-run: exit code {process.ExitCode}\n{error}");
        }
    }

    private static string Built()
    {
        // tests/MaskGen.ML.Benchmarks/bin/CONFIGURATION/net10.0/
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var root = folder.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var name = OperatingSystem.IsWindows() ? "maskgen-run.exe" : "maskgen-run";
        return Path.Combine(root, "src", "MaskGen.ML.Runs.Tool", "bin", folder.Parent.Name, folder.Name, name);
    }
}
