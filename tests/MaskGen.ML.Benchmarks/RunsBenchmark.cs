using System.Collections.Concurrent;
using System.Diagnostics;

namespace MaskGen.ML.Benchmarks;

/// <summary>Runs over many images, <c>MaskGen.ML.Benchmarks runs [shards] [processes] [kill] [--program PATH]</c>, through
/// <c>maskgen-run</c>: what a shard costs beside its images, what a second process brings, and what a death costs. Without a name of a part
/// all of them, in a quarter of an hour; without a program the one that was built, which compiles more at its start than an installed
/// one.</summary>
internal static class RunsBenchmark
{
    private const string Program = "--program";
    private static readonly string[] Parts = ["shards", "processes", "kill"];
    private static readonly int ManyShards = BenchmarkScale.IsDryRun ? 2 : 60;
    private static readonly int ShardRounds = BenchmarkScale.Times(2);
    private static readonly int ProcessRounds = BenchmarkScale.Times(3);
    private static readonly int Images = BenchmarkScale.IsDryRun ? 2 : 40;
    private static readonly int ImagesOfTheKilled = BenchmarkScale.IsDryRun ? 2 : 24;
    private static readonly int ShardsOfTheKilled = BenchmarkScale.IsDryRun ? 2 : 6;

    public static void Run(string[] arguments)
    {
        var at = Array.IndexOf(arguments, Program);
        var program = new RunProgram(at < 0 ? null : arguments[at + 1]);
        var parts = at < 0 ? arguments : [.. arguments[..at], .. arguments[(at + 2)..]];
        if (parts.Except(Parts).FirstOrDefault() is { } unknown)
        {
            throw new ArgumentException($"Expected {string.Join(", ", Parts)} or {Program} PATH, found '{unknown}'.");
        }

        var folder = Directory.CreateTempSubdirectory("maskgen-runs-");
        try
        {
            foreach (var part in parts.Length == 0 ? Parts : parts)
            {
                Action<RunProgram, string> report = part switch
                {
                    "shards" => ReportShards,
                    "processes" => ReportProcesses,
                    _ => ReportDeath,
                };
                report(program, folder.FullName);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The same small images in one shard, and in one each.
    private static void ReportShards(RunProgram program, string folder)
    {
        var images = RunProgram.Copy(folder, "shards", ManyShards);
        var times = new[] { ManyShards, 1 }.Select(size => Enumerable.Range(0, ShardRounds).Min(round =>
        {
            var run = program.Create(folder, images, $"shards-{size}-{round}", size, ["--points-per-side", "2"]);
            return program.Seconds(RunProgram.Work(run, "0/1", threads: 2));
        })).ToArray();
        Write($"one shard of {ManyShards} images: {times[0]:0.00} s; {ManyShards} shards of one: {times[1]:0.00} s");
        Write($"fixed cost of a shard: {1000 * (times[1] - times[0]) / Math.Max(1, ManyShards - 1):0.0} ms");
    }

    // In turn, and the least of each: on a virtual machine the same work takes a tenth longer at another minute. Beside what the machine
    // makes of a second process that only computes, before and after: so that a reader knows what was possible.
    private static void ReportProcesses(RunProgram program, string folder)
    {
        var images = RunProgram.Copy(folder, "processes", Images);
        var before = ArithmeticCeiling.Measure();
        var (one, two) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < ProcessRounds; round++)
        {
            one = Math.Min(one, Measure("one process, one thread", run => [RunProgram.Work(run, "0/1", 1)]));
            two = Math.Min(
                two,
                Measure("two processes, one thread each", run => [RunProgram.Work(run, "0/2", 1), RunProgram.Work(run, "1/2", 1)]));
        }

        var after = ArithmeticCeiling.Measure();
        Measure("one process, two threads", run => [RunProgram.Work(run, "0/1", 2)]);
        Write($"two processes against one, the least of {ProcessRounds} rounds: {one / two:0.00} times");
        Write($"the same of multiply-adds on registers alone: {before:0.00} times before, {after:0.00} after");

        double Measure(string name, Func<string, string[][]> workers)
        {
            var run = program.Create(folder, images, Path.GetRandomFileName(), Math.Max(1, Images / 20), RunProgram.Grid);
            var start = ChildTime.Used;
            var seconds = program.Seconds(workers(run));
            Write($"{Images} images, {name}: {seconds:0.00} s");
            if (start is { } old && ChildTime.Used is { } used)
            {
                var (user, system) = (used.User - old.User, used.System - old.System);
                Write($"    processor time {user + system:0.00} s ({system:0.00} s in the system): {(user + system) / seconds:0.00} cores");
            }

            return seconds;
        }
    }

    // As an engine carries an array: a task of one shard each, two at a time, and a task that died is put in line again, at its end. One is
    // killed after each of its images in turn. The time in which an engine notices a death is not part of it.
    private static void ReportDeath(RunProgram program, string folder)
    {
        var images = RunProgram.Copy(folder, "kill", ImagesOfTheKilled);
        var size = ImagesOfTheKilled / ShardsOfTheKilled;
        var before = Carry("kill-before", killAfter: 0);
        var deaths = Enumerable.Range(1, size).Select(image => (Image: image, Run: Carry($"kill-{image}", image))).ToList();
        var after = Carry("kill-after", killAfter: 0);
        var whole = (before.Seconds + after.Seconds) / 2;
        Write($"{ImagesOfTheKilled} images, {ShardsOfTheKilled} tasks of a shard: {before.Seconds:0.00} and {after.Seconds:0.00} s");
        Write($"a task of a shard: {before.Task:0.00} and {after.Task:0.00} s");
        foreach (var (image, run) in deaths)
        {
            Write($"one killed, after image {image} of {size}: {run.Seconds:0.00} s, {run.Seconds - whole:0.00} s longer");
        }

        // The seconds of all, and of a task that is not killed.
        (double Seconds, double Task) Carry(string name, int killAfter)
        {
            var run = program.Create(folder, images, name, size, RunProgram.Grid);
            var line = new ConcurrentQueue<int>(Enumerable.Range(0, ShardsOfTheKilled));
            var times = new ConcurrentBag<double>();
            var toKill = killAfter == 0 ? -1 : ShardsOfTheKilled / 2;
            var watch = Stopwatch.StartNew();
            Task.WaitAll([Task.Run(Lane), Task.Run(Lane)]);
            return (watch.Elapsed.TotalSeconds, times.Average());

            void Lane()
            {
                while (line.TryDequeue(out var shard))
                {
                    var work = RunProgram.Work(run, $"{shard}/{ShardsOfTheKilled}", 1);
                    if (Interlocked.CompareExchange(ref toKill, -1, shard) == shard)
                    {
                        program.KillAt($"{killAfter} of {size}:", work, Path.Combine(run, "masks", $"part-{shard:00000}.parquet"));
                        line.Enqueue(shard);
                        continue;
                    }

                    times.Add(program.Seconds(work));
                }
            }
        }
    }

    private static void Write(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
