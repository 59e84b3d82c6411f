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

if (args is ["everything", .. var rest])
{
    EverythingBenchmark.Run(rest);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(DecoderBenchmark).Assembly).Run(args);
