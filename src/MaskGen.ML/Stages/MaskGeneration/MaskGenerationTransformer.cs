using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Sam2;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(MaskGenerationTransformer), null, typeof(SignatureLoadModel), "", MaskGenerationTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Segments everything in an image; see <see cref="MaskGenerationEstimator"/> for the columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not. All cursors share one encoder and one decoder, which are made when the first cursor
/// is and held until disposed.</remarks>
public sealed class MaskGenerationTransformer : RowMappingTransformer
{
    internal const string LoaderName = "MaskGeneration";
    private static readonly ModelFormat SavedFormat = new("S2 MSKGN", LoaderName, Version: 2, ReadableFrom: 2, OldestReadable: 2);

    private readonly StageColumns _columns;
    private readonly StageModel _model;
    private readonly IProgress<MaskGenerationProgress>? _progress;
    private readonly StageEngine<IMaskGenerator> _generator;

    /// <param name="environment">The context.</param>
    /// <param name="columns">The columns to write and to read.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The settings.</param>
    /// <param name="factory">Makes the generator; null for the real one.</param>
    /// <param name="progress">Progress callback, or null.</param>
    internal MaskGenerationTransformer(
        IHostEnvironment environment,
        StageColumns columns,
        StageModel model,
        AutomaticMaskGenerationOptions options,
        MaskGeneratorFactory? factory = null,
        IProgress<MaskGenerationProgress>? progress = null)
        : base(environment.Register(nameof(MaskGenerationTransformer)))
    {
        _columns = columns;
        _model = model;
        _progress = progress;
        Options = options with { Model = model.Model };
        var create = factory ?? AutomaticGenerator.Create;
        _generator = new(Host, State, model, options.Session, (opened, session) =>
            create(opened, Options with { Session = session }, model.Model.RecommendedThresholds));
    }

    /// <summary>The settings, the model among them.</summary>
    public AutomaticMaskGenerationOptions Options { get; }

    /// <summary>How often encoder and decoder were made: never more than once unless making them failed.</summary>
    internal int SessionCount => _generator.CreatedCount;

    private protected override ModelFormat Format => SavedFormat;

    // Found by ML.NET through the LoadableClass attribute above.
    private static MaskGenerationTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var reader = SavedStageReader.Open(ctx, SavedFormat);
        var columns = StageColumns.Read(reader);
        var options = SavedOptions.Read<AutomaticMaskGenerationOptions>(reader, saved => saved.Validate());
        return new(env, columns, SavedModel.Read(reader, ModelParts.All), options);
    }

    /// <remarks>Names of the output column and of the input column; the options; the whole model.</remarks>
    private protected override void SaveModel(SavedStageWriter writer)
    {
        _columns.Write(writer);
        SavedOptions.Write(writer, Options);
        SavedModel.Write(writer, _model, ModelParts.All);
    }

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema) => new RowMapper<MaskSet>(
        inputSchema,
        [ImageColumns.Image(_columns.Input)],
        MaskSetColumns.Create<MaskSet>(_columns.Output, masks => masks),
        Bind,
        State);

    private protected override void DisposeModel() => _generator.Dispose();

    private RowComputation<MaskSet> Bind(DataViewRow row)
    {
        var generator = _generator.Get();
        var reader = new ImageReader(row, _columns.Input, Options.MaximumPixels);
        var progress = new StageProgress(Host, _progress);
        return new(
            () => reader.Read() is { } image
                ? StageStep.Run(Host, "Generate", cancellation => generator.Generate(image, progress, cancellation))
                : MaskSet.Empty,
            () => reader.Tag);
    }
}
