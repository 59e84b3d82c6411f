using MaskGen.ML.Results;
using Microsoft.Extensions.Logging;
using Microsoft.ML;

namespace MaskGen.ML.Runs;

/// <summary>How a run is created and worked at. Immutable.</summary>
public sealed record MaskRunOptions
{
    /// <summary>Images of a shard, 1 or more; null measures how long some images take and makes shards of about ten minutes, of 16 to
    /// 5,000 images. Only for creating.</summary>
    public int? ShardImages { get; init; }

    /// <summary>Whether folders, and prefixes of a bucket, are taken with all that is below them. Only for creating.</summary>
    public bool Recursive { get; init; }

    /// <summary>The column that the pipeline is given images in: the bytes of their files (a vector of <see cref="byte"/>), or
    /// <see cref="Microsoft.ML.Data.MLImage"/> where it wants that. Beside it is the name of the image, in the column <c>Key</c>. Only for
    /// creating.</summary>
    public string ImageColumn { get; init; } = "Image";

    /// <summary>The column of masks that the pipeline gives; null for the only one. Only for creating.</summary>
    public string? MaskColumn { get; init; }

    /// <summary>Where the pipeline's models run: device and threads; null for one thread per core of the CPU. Only for working.</summary>
    public Sam2SessionOptions? Session { get; init; }

    /// <summary>Makes the context that the saved pipeline is loaded in, for one with stages that have to be registered; null for a new
    /// one. Each is used for one pipeline, and cancelled when the work is. Only for working.</summary>
    public Func<MLContext>? CreateContext { get; init; }

    /// <summary>What this process is called in results and notes; null for the machine and the process id.</summary>
    public string? Worker { get; init; }

    /// <summary>Hears of shards and of images that fail, and of every image at the level <see cref="LogLevel.Debug"/>; null for
    /// nobody.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>What every mask is labelled with.</summary>
    internal string? Label { get; init; }

    /// <summary>What becomes of masks that overlap.</summary>
    internal MaskSelectionOptions Selection { get; init; } = new();

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="ShardImages"/> is below 1, or a value of <see cref="Session"/> is out of
    /// its range.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public void Validate()
    {
        if (ShardImages is < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(ShardImages), ShardImages, "Expected 1 image or more.");
        }

        ArgumentException.ThrowIfNullOrWhiteSpace(ImageColumn);
        if (MaskColumn is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(MaskColumn);
        }

        Session?.Validate();
    }
}
