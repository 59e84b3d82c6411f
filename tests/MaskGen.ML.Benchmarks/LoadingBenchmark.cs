using System.Diagnostics;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>What loading costs beyond what cannot be saved: tiny geometry from a safetensors file, <c>MaskGen.ML.Benchmarks loading</c>.</summary>
internal static class LoadingBenchmark
{
    private const int Rounds = 7;

    public static void Run()
    {
        var config = new Sam2ModelConfig();
        var folder = Directory.CreateTempSubdirectory("maskgen-loading-");
        var path = Path.Combine(folder.FullName, "model.safetensors");
        try
        {
            using (var formula = DecoderBenchmark.FormulaWeights(config))
            using (var stream = File.Create(path))
            {
                SafetensorsWriter.Write(stream, formula);
            }

            // Compiles everything that is timed, and says what one load holds before the others blur it.
            GC.Collect();
            var before = Memory();
            Load(path);
            var (peak, own) = (Memory().Peak - before.Now, OwnMemory());
            var megabytes = new FileInfo(path).Length / 1e6;
            Console.WriteLine($"weights {megabytes:0} MB; while loading at most {peak:0} MB more than before ({peak / megabytes:0.00} of the weights), the mapped file included");
            Console.WriteLine($"memory of the process's own (not the file's) once loaded: {own:0} MB");
            Compare(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Compare(string path)
    {
        var (loading, floor) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            loading[round] = Milliseconds(() => Load(path));
            floor[round] = Milliseconds(() => ReadAndBuild(path));
        }

        var (load, least) = (loading.Order().ElementAt(Rounds / 2), floor.Order().ElementAt(Rounds / 2));
        Console.WriteLine($"from the path to a generator that is ready: {load:0} ms; reading the file and building the sessions alone: {least:0} ms; {load / least:0.00} times");
    }

    private static void Load(string path)
    {
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { Model = Sam2Model.FromFile(path) });
    }

    // The floor: the bytes from the file, and encoder and decoder from weights that are known to be right.
    private static void ReadAndBuild(string path)
    {
        using var stream = new MemoryStream(File.ReadAllBytes(path));
        using var weights = SafetensorsReader.Read(stream, path);
        var config = new Sam2ModelConfig();
        using var encoder = new Sam2ImageEncoder(config, weights);
        using var decoder = Sam2PromptDecoder.CreateMaskDecoder(config, weights, null);
    }

    private static (double Now, double Peak) Memory()
    {
        using var process = Process.GetCurrentProcess();
        return (process.WorkingSet64 / 1e6, process.PeakWorkingSet64 / 1e6);
    }

    // Linux tells memory of one's own from that of mapped files; elsewhere all private memory has to do.
    private static double OwnMemory()
    {
        const string Status = "/proc/self/status";
        if (File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)) is { } line)
        {
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1]) / 1e3;
        }

        using var process = Process.GetCurrentProcess();
        return process.PrivateMemorySize64 / 1e6;
    }

    private static double Milliseconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }
}
