using BenchmarkDotNet.Running;
using MaskGen.ML.Benchmarks;

switch (args)
{
    case ["decoder"]:
        DecoderBenchmark.Run();
        break;
    case ["loading"]:
        LoadingBenchmark.Run();
        break;
    case ["loading", var path]:
        LoadingBenchmark.ReportMemory(path);
        break;
    case ["everything", .. var rest]:
        EverythingBenchmark.Run(rest);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(DecoderBenchmark).Assembly).Run(args);
        break;
}
