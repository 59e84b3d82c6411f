using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace MaskGen.ML.Benchmarks;

/// <summary>Calls every benchmark once, in this process, and writes no files.</summary>
internal sealed class DryRunConfig : ManualConfig
{
    public DryRunConfig()
    {
        AddJob(Job.Dry.WithToolchain(InProcessNoEmitToolchain.Instance));
        AddLogger(ConsoleLogger.Default);
        AddColumnProvider(DefaultColumnProviders.Instance);
        WithOptions(ConfigOptions.JoinSummary);
    }
}
