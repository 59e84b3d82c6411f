using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using MaskGen.ML.Models;
using MaskGen.ML.Tests;

namespace MaskGen.ML.Benchmarks;

/// <summary>The precisions of an export for transformers.js against its float32: time to encode, and how alike the masks are,
/// <c>MaskGen.ML.Benchmarks exports [FOLDER]</c>. Without a folder, the export of the tests, whose weights are random and whose images have
/// 128 pixels: its times say next to nothing of an official model.</summary>
internal static class ExportsBenchmark
{
    private const int PointsPerSide = 8;

    private static readonly int Rounds = BenchmarkScale.Times(15);

    public static void Run(IReadOnlyList<string> arguments)
    {
        if (arguments.Count > 0)
        {
            Compare(arguments[0]);
            return;
        }

        var folder = Directory.CreateTempSubdirectory("maskgen-exports-");
        try
        {
            Unpack(folder.FullName);
            Compare(Path.Combine(folder.FullName, "transformers.js"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Compare(string folder)
    {
        var image = RgbImage.Load(BenchmarkScale.Image);
        Console.WriteLine($"{image.Size} pixels, {PointsPerSide * PointsPerSide} points, three masks each");
        Console.WriteLine("| precision | files | encode | IoU with float32, median | tenth lowest of 100 |");
        Console.WriteLine("|---|---|---|---|---|");
        MaskSet? expected = null;
        foreach (var precision in Enum.GetValues<Sam2OnnxPrecision>())
        {
            var model = Sam2Model.FromOnnx(folder, new Sam2OnnxOptions { Precision = precision });
            var (masks, best) = Measure(model, image);
            expected ??= masks;
            var alike = expected.Zip(masks, (a, b) => MaskIou.Of(a.Segmentation, b.Segmentation)).Order().ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {OnnxPrecisions.NameOf(precision)} | {model.Describe().WeightsBytes / 1e6:0.0} MB | {best:0.0} ms | "
                + $"{alike[alike.Length / 2]:0.000} | {alike[alike.Length / 10]:0.000} |"));
        }
    }

    private static (MaskSet Masks, double Best) Measure(Sam2Model model, RgbImage image)
    {
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        var encoded = encoder.Encode(image);
        var best = double.MaxValue;
        for (var i = 0; i < Rounds; i++)
        {
            var started = Stopwatch.GetTimestamp();
            encoded = encoder.Encode(image);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        Sam2Prompt[] prompts =
        [
            .. from y in Enumerable.Range(0, PointsPerSide)
               from x in Enumerable.Range(0, PointsPerSide)
               select Sam2Prompt.FromPoint(
                   (x + 0.5f) * image.Size.Width / PointsPerSide, (y + 0.5f) * image.Size.Height / PointsPerSide),
        ];
        return (decoder.Segment(encoded, prompts, MaskOutput.Multimask), best);
    }

    private static void Unpack(string folder)
    {
        using var packed = new BrotliStream(
            File.OpenRead(Path.Combine(AppContext.BaseDirectory, "exports.tar.br")), CompressionMode.Decompress);
        using var archive = new TarReader(packed);
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.Directory or TarEntryType.DirectoryList))
            {
                var path = Path.Combine(folder, entry.Name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                using var file = File.Create(path);
                entry.DataStream!.CopyTo(file);
            }
        }
    }
}
