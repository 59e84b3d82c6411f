using System.Diagnostics;
using System.Globalization;

namespace MaskGen.ML.Benchmarks;

/// <summary>Runs over many images, <c>MaskGen.ML.Benchmarks runs</c>, through the built <c>maskgen-run</c>: what a shard costs beside its
/// images, what a second process brings, and what a death costs.</summary>
internal static class RunsBenchmark
{
    private const string Micro = "--points-per-side 2 --shard-images";
    private static readonly int Images = BenchmarkScale.IsDryRun ? 2 : 40;
    private static readonly int ManyShards = BenchmarkScale.IsDryRun ? 2 : 60;
    private static readonly int Rounds = BenchmarkScale.Times(3);

    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("maskgen-runs-");
        try
        {
            ReportShards(folder.FullName);
            ReportProcesses(folder.FullName);
            ReportDeath(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The same small images in one shard, and in one each.
    private static void ReportShards(string folder)
    {
        var images = Copy(folder, "shards", ManyShards);
        var times = new[] { ManyShards, 1 }.Select(size => Enumerable.Range(0, Rounds).Min(round =>
        {
            var run = Create(folder, images, $"shards-{size}-{round}", $"{Micro} {size}");
            return Seconds([Work(run, "0/1", threads: 2)]);
        })).ToArray();
        Write($"one shard of {ManyShards} images: {times[0]:0.00} s; {ManyShards} shards of one: {times[1]:0.00} s");
        Write($"fixed cost of a shard: {1000 * (times[1] - times[0]) / Math.Max(1, ManyShards - 1):0.0} ms");
    }

    private static void ReportProcesses(string folder)
    {
        var images = Copy(folder, "processes", Images);
        string[] names = ["one process, one thread", "two processes, one thread each", "one process, two threads"];
        var best = names.Select(_ => double.PositiveInfinity).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var way = 0; way < names.Length; way++)
            {
                var run = Create(folder, images, $"processes-{round}-{way}", Grid() + $"--shard-images {Math.Max(1, Images / 20)}");
                string[][] workers = way == 1
                    ? [Work(run, "0/2", 1), Work(run, "1/2", 1)]
                    : [Work(run, "0/1", way == 0 ? 1 : 2)];
                best[way] = Math.Min(best[way], Seconds(workers));
            }
        }

        for (var way = 0; way < names.Length; way++)
        {
            Write($"{Images} images, {names[way]}: {best[way]:0.00} s");
        }

        Write($"two processes against one: {best[0] / best[1]:0.00} times");
    }

    // Two processes; one is killed in the middle of a shard and started again, as an engine does.
    private static void ReportDeath(string folder)
    {
        var images = Copy(folder, "death", Images);
        var options = Grid() + $"--shard-images {Math.Max(1, Images / 10)}";
        var whole = Enumerable.Range(0, Rounds).Min(round =>
        {
            var run = Create(folder, images, $"death-none-{round}", options);
            return Seconds([Work(run, "0/2", 1), Work(run, "1/2", 1)]);
        });
        var shard = whole / 5;
        var killed = Enumerable.Range(0, Rounds).Min(round =>
        {
            var run = Create(folder, images, $"death-one-{round}", options);
            var watch = Stopwatch.StartNew();
            using var other = Start(Work(run, "1/2", 1));
            using (var first = Start([.. Work(run, "0/2", 1), "--verbose"]))
            {
                // At the last image of a shard, where a death costs most.
                var last = $"{Math.Max(1, Images / 10)} of ";
                while (first.StandardError.ReadLine() is { } line && !line.Contains(last, StringComparison.Ordinal))
                {
                }

                first.Kill();
                first.WaitForExit();
            }

            using var again = Start(Work(run, "0/2", 1));
            End(again);
            End(other);
            return watch.Elapsed.TotalSeconds;
        });
        Write($"two processes: {whole:0.00} s; one of them killed once: {killed:0.00} s");
        Write($"cost of the death: {killed - whole:0.00} s; a shard takes {shard:0.00} s, and a process starts anew");
    }

    private static string Copy(string folder, string name, int count)
    {
        var images = Path.Combine(folder, name);
        Directory.CreateDirectory(images);
        for (var i = 0; i < count; i++)
        {
            File.Copy(BenchmarkScale.Image, Path.Combine(images, $"{i:0000}.png"));
        }

        return images;
    }

    private static string Grid() => BenchmarkScale.IsDryRun ? "--points-per-side 2 " : string.Empty;

    private static string Create(string folder, string images, string name, string options)
    {
        var run = Path.Combine(folder, name);
        string[] more = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var process = Start(["create", images, "--run", run, "--model", "nano", .. more]);
        End(process);
        return run;
    }

    private static string[] Work(string run, string part, int threads) =>
        ["work", run, "--part", part, "--threads", threads.ToString(CultureInfo.InvariantCulture)];

    private static double Seconds(string[][] workers)
    {
        var watch = Stopwatch.StartNew();
        var processes = workers.Select(Start).ToList();
        processes.ForEach(End);
        processes.ForEach(process => process.Dispose());
        return watch.Elapsed.TotalSeconds;
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(Program(), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["XDG_CONFIG_HOME"] = Path.GetTempPath();
        return Process.Start(start)!;
    }

    private static void End(Process process)
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

    private static string Program()
    {
        // tests/MaskGen.ML.Benchmarks/bin/CONFIGURATION/net10.0/
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var root = folder.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        var name = OperatingSystem.IsWindows() ? "maskgen-run.exe" : "maskgen-run";
        return Path.Combine(root, "src", "MaskGen.ML.Runs.Tool", "bin", folder.Parent.Name, folder.Name, name);
    }

    private static void Write(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
