using BenchmarkDotNet.Running;
using MaskGen.ML.Benchmarks;

if (args is ["decoder", ..])
{
    DecoderBenchmark.Run();
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(DecoderBenchmark).Assembly).Run(args);
