using System.Diagnostics;
using System.Globalization;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests;

namespace MaskGen.ML.Benchmarks;

/// <summary>What loading costs beyond what cannot be saved: the tiny architecture from safetensors files,
/// <c>MaskGen.ML.Benchmarks loading</c>. Ends with exit code 1 where memory goes beyond its limit, which does not hang on the machine's
/// load.</summary>
internal static class LoadingBenchmark
{
    private static readonly int Rounds = BenchmarkScale.Times(7);

    /// <summary>Memory while loading, against the weights as float32. Once they must be there; the rest is what is packed at the time, the
    /// position embedding, which is computed, and what the runtime takes besides.</summary>
    private const double MostWhileLoading = 1.5;

    /// <summary>The same for a file of float16, which is in memory beside what it is widened to; and the collector decides when the arrays
    /// that it is widened into go.</summary>
    private const double MostWhileLoadingHalf = 2;

    /// <summary>Memory of a model that is loaded, likewise.</summary>
    private const double MostWhenReady = 1.2;

    public static void Run()
    {
        var config = BenchmarkScale.Config;
        var folder = Directory.CreateTempSubdirectory("maskgen-loading-");
        var path = Path.Combine(folder.FullName, "model.safetensors");
        var half = Path.Combine(folder.FullName, "half.safetensors");
        try
        {
            using (var formula = DecoderBenchmark.FormulaWeights(config))
            {
                Write(path, formula, TensorElementType.Float32);
                Write(half, formula, TensorElementType.Float16);
            }

            WriteConfig(path, config);
            foreach (var (file, limit) in ((string, double)[])[(path, MostWhileLoading), (half, MostWhileLoadingHalf)])
            {
                var numbers = (double[])[new FileInfo(path).Length, limit];
                var arguments = BenchmarkScale.ChildArguments(
                    ["loading", file, .. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))]);
                using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments))!;
                child.WaitForExit();
                Environment.ExitCode |= child.ExitCode;
            }

            Load(path, RgbImage.Load(BenchmarkScale.Image)); // compiles everything that is timed
            Compare(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Says what one load holds, in a process that has done nothing else, and whether that is too much.</summary>
    /// <param name="path">A model.</param>
    /// <param name="weightBytes">What its weights take as float32.</param>
    /// <param name="mostWhileLoading">Limit of the memory while loading, against that.</param>
    public static void ReportMemory(string path, double weightBytes, double mostWhileLoading)
    {
        // The runtime and its libraries are not what loading costs.
        using (new AutomaticMaskGenerator())
        {
        }

        var before = Memory().Now;
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { Model = Sam2Model.FromFile(path) });
        var peak = (Memory().Peak - before) / weightBytes;

        // What garbage the runtime still holds is not the model's.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var ready = (Memory().Now - before) / weightBytes;
        var isTooMuch = (peak > mostWhileLoading || ready > MostWhenReady) && !BenchmarkScale.IsDryRun;
        Console.WriteLine(
            $"{Path.GetFileName(path)}: weights {weightBytes / 1e6:0} MB; "
            + $"memory while loading {peak:0.00} times that (limit {mostWhileLoading}), "
            + $"when ready {ready:0.00} times (limit {MostWhenReady}){(isTooMuch ? ": TOO MUCH" : string.Empty)}");
        Environment.ExitCode = isTooMuch ? 1 : 0;
    }

    /// <summary>Writes a model with formula weights, as float32.</summary>
    /// <param name="path">The file of the weights; the folder is the model's own.</param>
    /// <param name="config">Its architecture.</param>
    internal static void WriteModel(string path, Sam2ModelConfig config)
    {
        using var formula = DecoderBenchmark.FormulaWeights(config);
        Write(path, formula, TensorElementType.Float32);
        WriteConfig(path, config);
    }

    // The official architectures are told from their weights.
    private static void WriteConfig(string path, Sam2ModelConfig config)
    {
        if (BenchmarkScale.IsDryRun)
        {
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, "config.json"), Sam2ModelConfigWriter.Write(config));
        }
    }

    private static void Write(string path, ICheckpoint checkpoint, TensorElementType elementType)
    {
        using var stream = File.Create(path);
        CheckpointFile.Write(stream, checkpoint, elementType);
    }

    private static void Compare(string path)
    {
        var image = RgbImage.Load(BenchmarkScale.Image);
        Compare("to an encoder and a decoder that are ready", () => Load(path), () => ReadAndBuild(path));
        Compare("to the first mask", () => Load(path, image), () => ReadAndBuild(path, image));
    }

    private static void Compare(string until, Action load, Action readAndBuild)
    {
        var (loading, floor) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            loading[round] = Milliseconds(load);
            floor[round] = Milliseconds(readAndBuild);
        }

        var (ours, least) = (loading.Order().ElementAt(Rounds / 2), floor.Order().ElementAt(Rounds / 2));
        Console.WriteLine(
            $"from the path {until}: {ours:0} ms; with the file read and the sessions built from what is known to be right: {least:0} ms; "
            + $"{ours / least:0.00} times");
    }

    private static void Load(string path, RgbImage? image = null)
    {
        var model = Sam2Model.FromFile(path);
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        Segment(encoder, decoder, image);
    }

    // The floor: the bytes from the file into memory once, and encoder and decoder from weights that are known to be right.
    private static void ReadAndBuild(string path, RgbImage? image = null)
    {
        using var stream = File.OpenRead(path);
        using var weights = SafetensorsReader.Read(stream, path);
        var config = BenchmarkScale.Config;
        using var encoder = new Sam2ImageEncoder(config, weights);
        using var decoder = new Sam2PromptDecoder(config, weights);
        Segment(encoder, decoder, image);
    }

    private static void Segment(Sam2ImageEncoder encoder, Sam2PromptDecoder decoder, RgbImage? image)
    {
        if (image is not null)
        {
            decoder.Segment(encoder.Encode(image), [Sam2Prompt.FromPoint(image.Size.Width / 2, image.Size.Height / 2)], MaskOutput.Single);
        }
    }

    private static (double Now, double Peak) Memory()
    {
        using var process = Process.GetCurrentProcess();
        return (process.WorkingSet64, process.PeakWorkingSet64);
    }

    private static double Milliseconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }
}
