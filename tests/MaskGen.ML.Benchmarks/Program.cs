using System.Globalization;
using BenchmarkDotNet.Running;
using MaskGen.ML.Benchmarks;

switch (args)
{
    case ["decoder"]:
        DecoderBenchmark.Run();
        return;
    case [DecoderMemory.Command, var pointsPerSide]:
        DecoderMemory.Run(int.Parse(pointsPerSide, CultureInfo.InvariantCulture));
        return;
}

BenchmarkSwitcher.FromAssembly(typeof(DecoderBenchmark).Assembly).Run(args);
