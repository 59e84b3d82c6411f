namespace MaskGen.ML.Runs;

/// <summary>What <c>run.json</c> says: all that is decided about a run. Immutable once it is there.</summary>
internal sealed record RunManifest
{
    /// <summary>The schema that this library writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the form of everything in the store.</summary>
    public required int Schema { get; init; }

    /// <summary>SHA-256 of fingerprint, sources and images: the same images with the same pipeline are the same run.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of pipeline, settings, library version and schema.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Version of the library that computes.</summary>
    public required string Library { get; init; }

    /// <summary>SHA-256 of <c>pipeline.zip</c>.</summary>
    public required string PipelineSha256 { get; init; }

    /// <summary>SHA-256 of <c>images.jsonl</c>.</summary>
    public required string ImagesSha256 { get; init; }

    /// <summary>SHA-256 of <c>shards.idx</c>.</summary>
    public required string ShardsSha256 { get; init; }

    /// <summary>Number of images.</summary>
    public required long Images { get; init; }

    /// <summary>Number of shards.</summary>
    public required int Shards { get; init; }

    /// <summary>Images of each shard, the last one excepted.</summary>
    public required int ShardImages { get; init; }

    /// <summary>What one image took where the run was created; null if it was not measured.</summary>
    public double? SecondsPerImage { get; init; }

    /// <summary>Where the images are.</summary>
    public required IReadOnlyList<RunSource> Sources { get; init; }

    /// <summary>How the pipeline is used.</summary>
    public required PipelineUse Settings { get; init; }

    /// <summary>When it was created.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>The sources as they are worked with.</summary>
    public IReadOnlyList<ImageSource> ImageSources() => [.. Sources.Select(source => source.ToImageSource())];
}

/// <summary>Where images are, as <c>run.json</c> has it.</summary>
/// <param name="Kind"><c>folder</c>, <c>s3</c> or <c>list</c>.</param>
/// <param name="Address">A full path, or <c>s3://bucket/prefix</c>.</param>
internal sealed record RunSource(string Kind, string Address)
{
    private static readonly (string Name, ImageSourceKind Kind)[] Names =
        [("folder", ImageSourceKind.Folder), ("s3", ImageSourceKind.S3), ("list", ImageSourceKind.List)];

    public static RunSource Of(ImageSource source) => new(Names.First(name => name.Kind == source.Kind).Name, source.Address);

    /// <exception cref="InvalidDataException">It is of a kind that this library does not know.</exception>
    public ImageSource ToImageSource() => Names.FirstOrDefault(name => name.Name == Kind) is { Name: not null } known
        ? new ImageSource(known.Kind, Address)
        : throw new InvalidDataException($"{RunNames.Manifest}: expected a source of the kind folder, s3 or list, found '{Kind}'.");
}

/// <summary>How the pipeline of a run is used: what changes results and is not in the pipeline itself.</summary>
internal sealed record PipelineUse
{
    /// <summary>A value of <see cref="Disjoint"/>.</summary>
    public const string Smaller = "smaller";

    /// <summary>A value of <see cref="Disjoint"/>.</summary>
    public const string Better = "better";

    /// <summary>The column that images are given in.</summary>
    public required string ImageColumn { get; init; }

    /// <summary>The column of masks.</summary>
    public required string MaskColumn { get; init; }

    /// <summary>What every mask is labelled with; null for what the pipeline says.</summary>
    public string? Label { get; init; }

    /// <summary>As <c>--mask-nms</c>; null for off.</summary>
    public double? MaskNms { get; init; }

    /// <summary>As <c>--disjoint</c>: <c>smaller</c> or <c>better</c>; null for off.</summary>
    public string? Disjoint { get; init; }
}
