using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using MaskGen.ML.Benchmarks;

// With --dry-run each of these goes through its code once, on the smallest sizes: the figures mean nothing.
BenchmarkScale.IsDryRun = args.Contains(BenchmarkScale.DryRunArgument);
string[] rest = [.. args.Where(argument => argument != BenchmarkScale.DryRunArgument)];
switch (rest)
{
    case ["decoder"]:
        DecoderBenchmark.Run();
        break;
    case ["loading"]:
        LoadingBenchmark.Run();
        break;
    case ["loading", var path, var weightBytes, var limit]:
        LoadingBenchmark.ReportMemory(
            path, double.Parse(weightBytes, CultureInfo.InvariantCulture), double.Parse(limit, CultureInfo.InvariantCulture));
        break;
    case ["everything", .. var sizes]:
        EverythingBenchmark.Run(sizes);
        break;
    case ["exports", .. var folders]:
        ExportsBenchmark.Run(folders);
        break;
    case ["models", ("times" or "memory") and var what, var path, .. var figures]:
        ModelsBenchmark.RunChild(what, path, figures);
        break;
    case ["models", .. var runs]:
        ModelsBenchmark.Run(runs);
        break;
    case ["precision", .. var sizes]:
        PrecisionBenchmark.Run(sizes);
        break;
    case ["serve"]:
        await ServeBenchmark.RunAsync();
        break;
    case ["runs", ArithmeticCeiling.Argument, var turns]:
        ArithmeticCeiling.RunChild(turns);
        break;
    case ["runs", .. var parts]:
        RunsBenchmark.Run(parts);
        break;
    case ["fleet"]:
        await FleetBenchmark.RunAsync();
        break;
    case ["fleet", "work", var database, var run]:
        await FleetBenchmark.WorkAsync(database, run);
        break;
    case ["startup", .. var programs]:
        StartUpBenchmark.Run(programs);
        break;
    case ["clicks"]:
        await ClicksBenchmark.RunAsync();
        break;
    case [] when BenchmarkScale.IsDryRun:
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(BenchmarkScale).Assembly).Run(["--filter", "*"], new DryRunConfig());
        Environment.ExitCode = summaries.Any() && summaries.All(summary => summary.Reports.All(report => report.Success)) ? 0 : 1;
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(BenchmarkScale).Assembly).Run(rest, DefaultConfig.Instance.AddJob(Job.ShortRun));
        break;
}
