using System.Globalization;
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
    case ["loading", var path, var weightBytes, var limit]:
        LoadingBenchmark.ReportMemory(
            path, double.Parse(weightBytes, CultureInfo.InvariantCulture), double.Parse(limit, CultureInfo.InvariantCulture));
        break;
    case ["everything", .. var rest]:
        EverythingBenchmark.Run(rest);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(DecoderBenchmark).Assembly).Run(args);
        break;
}
