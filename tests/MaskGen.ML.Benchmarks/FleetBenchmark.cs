using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MaskGen.ML.Runs;
using MaskGen.ML.Runs.Hangfire;
using Npgsql;

namespace MaskGen.ML.Benchmarks;

/// <summary>The queue, <c>MaskGen.ML.Benchmarks fleet</c>: how much of 1 to 64 workers' time it leaves for shards that do nothing but wait,
/// and how long a killed worker's shard takes to be begun by another. Against the PostgreSQL of <c>MASKGEN_TEST_POSTGRES</c>.</summary>
/// <remarks>All workers are in one process, each with connections of its own as on a machine of its own; the server must allow three for
/// each. They share this machine's cores with the server, so what is measured is an upper bound of what the queue costs.</remarks>
internal static class FleetBenchmark
{
    private const string Server = "MASKGEN_TEST_POSTGRES";
    private static readonly int[] Workers = BenchmarkScale.IsDryRun ? [2] : [1, 2, 4, 8, 16, 32, 64];
    private static readonly int ShardsEach = BenchmarkScale.IsDryRun ? 2 : 6;
    private static readonly TimeSpan Shard = TimeSpan.FromSeconds(BenchmarkScale.IsDryRun ? 0.01 : 10);
    private static readonly int Victims = BenchmarkScale.IsDryRun ? 1 : 4;

    /// <summary>Measures.</summary>
    public static async Task RunAsync()
    {
        if (Environment.GetEnvironmentVariable(Server) is not { Length: > 0 } server)
        {
            Console.WriteLine($"No PostgreSQL: {Server} is not set; build/test-servers.sh starts one and prints it.");
            return;
        }

        var name = $"fleet_{Guid.NewGuid():N}";
        await OnServerAsync(server, $"create database {name}");
        try
        {
            var address = $"{server};Database={name}";
            Console.WriteLine($"PostgreSQL: max_connections {await OnServerAsync(server, "show max_connections")}, "
                + $"fsync {await OnServerAsync(server, "show fsync")}; three connections for each worker");
            foreach (var count in Workers)
            {
                await MeasureEfficiencyAsync(address, count);
            }

            await MeasureRecoveryAsync(address);
        }
        finally
        {
            await OnServerAsync(server, $"drop database if exists {name} with (force)");
        }
    }

    /// <summary>Works in a process of its own, which can be killed: says on standard output when it begins a shard.</summary>
    public static async Task WorkAsync(string address, string run)
    {
        using var queue = await MaskRunQueue.OpenAsync(address, Options());
        await queue.WorkAsync(
            new Simulated(run, async (shard, cancellationToken) =>
            {
                Console.WriteLine(shard.ToString(CultureInfo.InvariantCulture));
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }),
            untilDone: false,
            CancellationToken.None);
    }

    private static async Task MeasureEfficiencyAsync(string address, int count)
    {
        var run = $"{Guid.NewGuid():N}";
        var shards = count * ShardsEach;
        double enqueued;
        using (var queue = await MaskRunQueue.OpenAsync(address, Options() with { MaximumPoolSize = 8 }))
        {
            // One more for each worker, which holds it until all have one: that many servers take a while to start in one process.
            await queue.EnqueueAsync(run, [.. Enumerable.Range(0, count)], null, CancellationToken.None);
            var watch = Stopwatch.StartNew();
            await queue.EnqueueAsync(run, [.. Enumerable.Range(count, shards)], null, CancellationToken.None);
            enqueued = watch.Elapsed.TotalSeconds;
        }

        var times = new ConcurrentBag<(int Shard, long End)>();
        var (waiting, all, done) = (0, new TaskCompletionSource<long>(), new TaskCompletionSource());
        using var end = new CancellationTokenSource();
        var simulated = new Simulated(run, async (shard, cancellationToken) =>
        {
            if (shard < count)
            {
                if (Interlocked.Increment(ref waiting) == count)
                {
                    all.SetResult(Stopwatch.GetTimestamp());
                }

                await all.Task.WaitAsync(cancellationToken);
                return;
            }

            await Task.Delay(Shard, cancellationToken);
            times.Add((shard, Stopwatch.GetTimestamp()));
            if (times.Count >= shards)
            {
                done.TrySetResult();
            }
        });
        var workers = Enumerable.Range(0, count)
            .Select(i => WorkAsync($"{address};Application Name=worker-{i}", simulated, end.Token)).ToList();
        await Task.WhenAny([all.Task, .. workers]);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        await Task.WhenAny([done.Task, .. workers]);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        await end.CancelAsync();
        await Task.WhenAll(workers);
        var makespan = Stopwatch.GetElapsedTime(await all.Task, times.Max(time => time.End)).TotalSeconds;
        var efficiency = shards * Shard.TotalSeconds / (count * makespan);
        var different = times.Select(time => time.Shard).Distinct().Count();
        Write($"{count} workers, {shards} shards of {Shard.TotalSeconds:0.##} s: {makespan:0.00} s, efficiency {100 * efficiency:0.0} %");
        Write($"  {different} shards in {times.Count} starts; {cpu.TotalSeconds / makespan:0.00} cores; submitted in {enqueued:0.00} s");
    }

    // The workers' own settings: a dead one is silent for two minutes before its shard is another's.
    private static async Task MeasureRecoveryAsync(string address)
    {
        var run = $"{Guid.NewGuid():N}";
        using (var queue = await MaskRunQueue.OpenAsync(address, Options()))
        {
            await queue.EnqueueAsync(run, [.. Enumerable.Range(0, Victims)], null, CancellationToken.None);
        }

        var victims = Enumerable.Range(0, Victims).Select(_ => Start(address, run)).ToList();
        foreach (var victim in victims)
        {
            await victim.StandardOutput.ReadLineAsync();
        }

        using var end = new CancellationTokenSource();
        var restarted = new ConcurrentBag<double>();
        var all = new TaskCompletionSource();
        var killed = 0L;
        var simulated = new Simulated(run, (_, _) =>
        {
            restarted.Add(Stopwatch.GetElapsedTime(Interlocked.Read(ref killed)).TotalSeconds);
            if (restarted.Count == Victims)
            {
                all.TrySetResult();
            }

            return Task.CompletedTask;
        });
        var workers = Enumerable.Range(0, Victims)
            .Select(i => WorkAsync($"{address};Application Name=heir-{i}", simulated, end.Token)).ToList();
        if (!BenchmarkScale.IsDryRun)
        {
            // In the middle of what they do, some signs of life after they began.
            await Task.Delay(TimeSpan.FromSeconds(40));
        }

        Interlocked.Exchange(ref killed, Stopwatch.GetTimestamp());
        foreach (var victim in victims)
        {
            victim.Kill();
            await victim.WaitForExitAsync();
            victim.Dispose();
        }

        if (BenchmarkScale.IsDryRun)
        {
            Console.WriteLine("recovery after a kill: not waited for");
        }
        else
        {
            await all.Task;
            Write($"recovery after {Victims} kills: {restarted.Min():0} to {restarted.Max():0} s until another worker has begun the shard");
        }

        await end.CancelAsync();
        await Task.WhenAll(workers);
    }

    private static async Task WorkAsync(string address, Simulated run, CancellationToken cancellationToken)
    {
        try
        {
            using var queue = await MaskRunQueue.OpenAsync(address, Options(), cancellationToken);
            await queue.WorkAsync(run, untilDone: false, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
    }

    private static MaskRunQueueOptions Options() =>
        new() { PollInterval = BenchmarkScale.IsDryRun ? TimeSpan.FromSeconds(0.2) : new MaskRunQueueOptions().PollInterval };

    private static Process Start(string address, string run)
    {
        var name = "MaskGen.ML.Benchmarks" + (OperatingSystem.IsWindows() ? ".exe" : string.Empty);
        var program = Path.Combine(AppContext.BaseDirectory, name);
        return Process.Start(new ProcessStartInfo(program, ["fleet", "work", address, run]) { RedirectStandardOutput = true })!;
    }

    private static async Task<object?> OnServerAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection($"{server};Database=postgres;Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static void Write(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

    private sealed class Simulated(string id, Func<int, CancellationToken, Task> work) : IQueuedRun
    {
        public string Id => id;

        public async Task<MaskShardResult> WorkAsync(int shard, CancellationToken cancellationToken)
        {
            await work(shard, cancellationToken);
            return new MaskShardResult(shard, MaskShardOutcome.Committed);
        }

        public Task<(int Missing, int GivenUp)> LookAsync(CancellationToken cancellationToken) => Task.FromResult((1, 0));
    }
}
