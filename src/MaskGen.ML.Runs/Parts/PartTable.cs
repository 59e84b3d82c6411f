using System.Diagnostics;
using MaskGen.ML.Kernels;
using MaskGen.ML.Results;

namespace MaskGen.ML.Runs;

/// <summary>Writes the Parquet file of a shard. Not safe for concurrent use.</summary>
internal sealed class PartTable
{
    private readonly string _run;
    private readonly int _shard;
    private readonly int _attempt;
    private readonly string _worker;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly MaskTableWriter _rows;
    private int _images;
    private int _failed;
    private long _masks;

    /// <param name="stream">Where it goes.</param>
    /// <param name="run">Id of the run.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="attempt">Which attempt at it this is, from 1.</param>
    /// <param name="worker">Who writes.</param>
    /// <param name="gpu">The GPU that computes; null for the CPU.</param>
    public PartTable(Stream stream, string run, int shard, int attempt, string worker, int? gpu)
    {
        (_run, _shard, _attempt, _worker) = (run, shard, attempt, worker);
        _rows = new MaskTableWriter(stream, ("attempt", attempt), ("worker", worker), ("cpu", Processor(gpu)));
    }

    /// <summary>Adds an image and its masks.</summary>
    public void Add(string image, MaskSet masks)
    {
        _images++;
        _masks += masks.Count;
        _rows.Add(image, masks);
    }

    /// <summary>Adds an image that has no results.</summary>
    public void AddFailure(string image, string error)
    {
        _images++;
        _failed++;
        _rows.AddFailure(image, error);
    }

    /// <summary>Writes the end.</summary>
    public PartSummary Complete()
    {
        var summary = new PartSummary(
            _run, _shard, _images, _failed, _masks, _rows.RowCount, _attempt, _worker,
            Math.Round(Stopwatch.GetElapsedTime(_started).TotalSeconds, 3));
        _rows.Complete(() => new Dictionary<string, string> { [PartSummary.MetadataKey] = summary.ToJson() });
        return summary;
    }

    // What the last bits of a score depend on.
    private static string Processor(int? gpu) => gpu is { } device
        ? FormattableString.Invariant($"CUDA {device}")
        : FormattableString.Invariant(
            $"{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture} {32 * PanelKernels.Best.VectorWidth}-bit");
}
