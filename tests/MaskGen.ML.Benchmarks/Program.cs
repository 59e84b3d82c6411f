using BenchmarkDotNet.Running;
using MaskGen.ML.Benchmarks;

if (args is ["decoder", ..])
{
    DecoderBenchmark.Run();
    return;
}

if (args is ["everything", .. var rest])
{
    EverythingBenchmark.Run(rest);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(DecoderBenchmark).Assembly).Run(args);
