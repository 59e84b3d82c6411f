using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Sam2;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(MaskGenerationTransformer), null, typeof(SignatureLoadModel), "", MaskGenerationTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Segments everything in a picture; see <see cref="MaskGenerationEstimator"/> for the columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not. All cursors share one encoder and one decoder, which are made when the first cursor
/// is and held until disposed.</remarks>
public sealed class MaskGenerationTransformer : RowMappingTransformer
{
    internal const string LoaderName = "MaskGeneration";
    private static readonly ModelFormat SavedFormat = new("S2 MSKGN", LoaderName, Version: 1, ReadableFrom: 1, OldestReadable: 1);

    private readonly StageColumns _columns;
    private readonly StageModel _model;
    private readonly StageEngine<IMaskGenerator> _generator;

    /// <param name="environment">The context.</param>
    /// <param name="columns">The columns to write and to read.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The settings.</param>
    /// <param name="factory">Makes the generator; null for the real one.</param>
    internal MaskGenerationTransformer(
        IHostEnvironment environment,
        StageColumns columns,
        StageModel model,
        AutomaticMaskGenerationOptions options,
        MaskGeneratorFactory? factory = null)
        : base(environment.Register(nameof(MaskGenerationTransformer)))
    {
        _columns = columns;
        _model = model;
        Options = options with { Model = model.Model };
        var create = factory ?? AutomaticGenerator.Create;
        _generator = new(Host, model, options.Session, (opened, session) =>
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
        SavedFormat.Check(ctx);
        var columns = StageColumns.Read(ctx);
        var options = SavedOptions.Read<AutomaticMaskGenerationOptions>(ctx);
        return new(env, columns, SavedModel.Read(ctx, ModelParts.All), options);
    }

    /// <remarks>Layout: name of the output column, name of the input column (text); the options as <see cref="SavedOptions"/> writes them;
    /// the whole model as <see cref="SavedModel"/> writes it.</remarks>
    private protected override void SaveModel(ModelSaveContext context)
    {
        _columns.Write(context);
        SavedOptions.Write(context, Options);
        SavedModel.Write(context, _model, ModelParts.All);
    }

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema) => new RowMapper<MaskSet>(
        inputSchema,
        [ImageColumns.Image(_columns.Input)],
        MaskSetColumns.Create<MaskSet>(_columns.Output, masks => masks),
        Bind,
        CountRow);

    private protected override void DisposeModel() => _generator.Dispose();

    private RowComputation<MaskSet> Bind(DataViewRow row)
    {
        var generator = _generator.Get();
        var reader = new ImageReader(row, _columns.Input);
        var progress = new StageProgress(Host, Options.Progress);
        return new(
            () => reader.Read() is { } image
                ? StageSession.Timed(Host, "Generate", () => generator.Generate(image, progress))
                : MaskSet.Empty,
            () => reader.Tag);
    }
}
