using System.Diagnostics;
using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>Decoding side by side with an opponent, in one process: same weights, same image, same prompts, runs in turn.</summary>
internal sealed class DecoderComparison : IDisposable
{
    private const int Multimasks = 3;
    private static readonly int Prompts = BenchmarkScale.IsDryRun ? 8 : 64;
    private static readonly int Rounds = BenchmarkScale.Times(9);
    private static readonly int[] OpponentBatches = [1, 2, 4, 8, 16];

    private readonly Sam2ModelConfig _config;
    private readonly EncodedImage _image;
    private readonly FusedMaskDecoder _decoder;
    private readonly IDecoderOpponent _opponent;
    private readonly int _threads;
    private readonly float[] _logits;

    public DecoderComparison(Sam2ModelConfig config, EncodedImage image, FusedMaskDecoder decoder, IDecoderOpponent opponent, int threads)
    {
        (_config, _image, _decoder, _opponent, _threads) = (config, image, decoder, opponent, threads);
        _logits = new float[Prompts * Multimasks * MaskPixels];
    }

    private int MaskPixels => _config.MaskSize * _config.MaskSize;

    public static MaskIndex[] MultimaskOutputs(int prompts, int everyNth) =>
        [.. Enumerable.Range(0, prompts).Where(prompt => prompt % everyNth == 0).SelectMany(
            prompt => Enumerable.Range(1, Multimasks).Select(token => new MaskIndex(prompt, token)))];

    public static float[] MultimaskIou(IDecodedBatch batch)
    {
        var iou = new float[batch.Count * Multimasks];
        for (var i = 0; i < iou.Length; i++)
        {
            iou[i] = batch.PredictedIou[((i / Multimasks) * batch.MaskTokens) + 1 + (i % Multimasks)];
        }

        return iou;
    }

    public void Run()
    {
        using var prepared = _decoder.Prepare(_image);
        Console.WriteLine(
            $"Opponent: {_opponent.Name}. {Prompts} single-point prompts, three masks each, {_threads} threads, "
            + $"medians of {Rounds} interleaved rounds.");
        CompareNumbers(prepared);
        var prompts = RandomPrompts(Prompts, 1);
        var opponentBatch = BestOpponentBatch();
        var batch = RandomPrompts(opponentBatch, 2);

        double Opponent() => Seconds(() => _opponent.Decode(batch)) / opponentBatch;
        double Ours(int everyNth) => Seconds(() => DecodeAndUpscale(prepared, prompts, everyNth)) / Prompts;
        var results = Interleave(Opponent, () => Ours(1), () => Ours(2), () => Ours(int.MaxValue));
        Console.WriteLine($"opponent at its best batch, {opponentBatch}: {1e3 * results[0]:F2} ms per point");
        Console.WriteLine("survivors | ms per point | times as fast | bar");
        Report("all", results[1], results[0], 1.9);
        Report("half", results[2], results[0], 2.5);
        Report("none", results[3], results[0], 3.5);
        Floors(results[3], results[1] - results[3]);
        SinglePoint(prepared);
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _opponent.Dispose();
    }

    private static void Report(string what, double ours, double opponent, double bar) =>
        Console.WriteLine($"{what,9} | {1e3 * ours,12:F3} | {opponent / ours,13:F2} | {bar:F1}");

    private static double[] Interleave(params Func<double>[] runs)
    {
        var times = runs.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round <= Rounds; round++)
        {
            for (var i = 0; i < runs.Length; i++)
            {
                var time = runs[i]();
                if (round > 0)
                {
                    times[i].Add(time);
                }
            }
        }

        return [.. times.Select(list => list.Order().ElementAt(list.Count / 2))];
    }

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private PromptBatch RandomPrompts(int count, int seed)
    {
        var random = new Random(seed);
        var coordinates = Enumerable.Range(0, 4 * count).Select(_ => random.NextSingle() * _config.ImageSize).ToArray();
        var labels = Enumerable.Range(0, 2 * count)
            .Select(i => i % 2 == 0 ? PromptTokenLabel.Foreground : PromptTokenLabel.Padding).ToArray();
        return new PromptBatch(2, coordinates, labels, default);
    }

    private void DecodeAndUpscale(IPreparedImage prepared, PromptBatch prompts, int everyNth)
    {
        using var batch = _decoder.Decode(prepared, prompts, CancellationToken.None);
        if (everyNth < int.MaxValue)
        {
            var masks = MultimaskOutputs(prompts.Count, everyNth);
            batch.UpscaleMasks(masks, _logits.AsSpan(0, masks.Length * MaskPixels));
        }
    }

    private void CompareNumbers(IPreparedImage prepared)
    {
        var prompts = RandomPrompts(8, 3);
        var (iou, logits) = _opponent.Decode(prompts);
        using var batch = _decoder.Decode(prepared, prompts, CancellationToken.None);
        var masks = MultimaskOutputs(prompts.Count, 1);
        var ours = _logits.AsSpan(0, masks.Length * MaskPixels);
        batch.UpscaleMasks(masks, ours);
        Console.WriteLine(
            $"furthest apart: logits {FurthestApart(logits.Span, ours):E1} (bar 1e-3), "
            + $"predicted IoU {FurthestApart(iou.Span, MultimaskIou(batch)):E1} (bar 1e-4)");
    }

    private static float FurthestApart(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var furthest = 0f;
        for (var i = 0; i < left.Length; i++)
        {
            furthest = Math.Max(furthest, Math.Abs(left[i] - right[i]));
        }

        return furthest;
    }

    private int BestOpponentBatch()
    {
        var batches = OpponentBatches.Select(count => RandomPrompts(count, count)).ToArray();
        var times = Interleave([.. batches.Select(batch => (Func<double>)(() => Seconds(() => _opponent.Decode(batch)) / batch.Count))]);
        var texts = times.Select((time, i) => $"{OpponentBatches[i]}: {1e3 * time:F1}");
        Console.WriteLine("opponent, ms per point by batch: " + string.Join(", ", texts));
        return OpponentBatches[Array.IndexOf(times, times.Min())];
    }

    private void Floors(double transformer, double upscaling)
    {
        var rate = DecoderFloor.MeasureRate(_threads);
        Console.WriteLine($"matrix products run at {rate / 1e9:F0} Gflop/s on {_threads} threads");
        Console.WriteLine("part        | ms per point | Mflop, plain algebra | times its floor | Mflop, ours | times its floor");
        DecoderFloor.Report("transformer", transformer, DecoderFloor.PlainTransformer(_config), DecoderFloor.Transformer(_config), rate);
        DecoderFloor.Report("upscaling", upscaling, DecoderFloor.PlainUpscaling(_config), DecoderFloor.Upscaling(_config), rate);
    }

    // The decoder keeps what it prepared last, so it gets an image that it has not seen.
    private double PrepareAnew()
    {
        var image = new EncodedImage(
            _image.ImageSize, _image.InputSize, _image.ImageEmbedding, _image.HighResolutionFeatures0, _image.HighResolutionFeatures1);
        return Seconds(() => _decoder.Prepare(image).Dispose());
    }

    private void SinglePoint(IPreparedImage prepared)
    {
        var prompt = RandomPrompts(1, 5);
        var results = Interleave(
            () => Seconds(() => _opponent.Decode(prompt)),
            () => Seconds(() => DecodeAndUpscale(prepared, prompt, 1)),
            () => PrepareAnew());
        Console.WriteLine(
            $"single point: opponent {1e3 * results[0]:F1} ms, ours {1e3 * results[1]:F1} ms; "
            + $"once per image {1e3 * results[2]:F1} ms before it");
    }
}
