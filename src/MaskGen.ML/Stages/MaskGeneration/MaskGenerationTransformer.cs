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
public sealed class MaskGenerationTransformer : RowMappingTransformer, ISessionStage
{
    internal const string LoaderName = "MaskGeneration";
    private static readonly ModelFormat SavedFormat = new("S2 MSKGN", LoaderName, Version: 4, ReadableFrom: 3, OldestReadable: 2);

    private readonly StageColumns _columns;
    private readonly StageModel _model;
    private readonly IProgress<MaskGenerationProgress>? _progress;
    private readonly StageEngine<AutomaticMaskGenerator> _fromImages;
    private readonly StageEngine<AutomaticMaskGenerator> _fromEmbeddings;

    /// <param name="environment">The context.</param>
    /// <param name="columns">The columns to write and to read.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The settings.</param>
    /// <param name="progress">Progress callback, or null.</param>
    internal MaskGenerationTransformer(
        IHostEnvironment environment,
        StageColumns columns,
        StageModel model,
        AutomaticMaskGenerationOptions options,
        IProgress<MaskGenerationProgress>? progress = null)
        : base(environment.Register(nameof(MaskGenerationTransformer)))
    {
        _columns = columns;
        _model = model;
        _progress = progress;
        Options = options with { Model = model.Model };

        // The thresholds are asked for when the model is open: before, those of a model that is not downloaded yet are not known.
        _fromImages = new(Host, State, model, options.Session, (opened, session) =>
            new AutomaticMaskGenerator(opened, model.Model.RecommendedThresholds, Options with { Session = session }));
        _fromEmbeddings = new(Host, State, model, options.Session, (opened, session) =>
            new AutomaticMaskGenerator(
                opened, Options with { Session = session }, model.Model.RecommendedThresholds));
    }

    /// <summary>The settings, the model among them.</summary>
    public AutomaticMaskGenerationOptions Options { get; private set; }

    /// <summary>How often the model was loaded: never more than once for images and once for embeddings unless that failed.</summary>
    internal int SessionCount => _fromImages.CreatedCount + _fromEmbeddings.CreatedCount;

    void ISessionStage.UseSession(Sam2SessionOptions session)
    {
        _fromImages.UseSession(session);
        _fromEmbeddings.UseSession(session);
        Options = Options with { Session = session };
    }

    private protected override ModelFormat Format => SavedModel.FormatOf(_model, SavedFormat);

    // Found by ML.NET through the LoadableClass attribute above.
    private static MaskGenerationTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MlNetInternals.ThrowIfUnsupported();
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

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema)
    {
        var isEncoded = ImageColumns.IsTensor(inputSchema, _columns.Input);
        return new RowMapper<MaskSet>(
            inputSchema,
            GenerationInputs.Columns(_columns.Input, Options.CropLayers, isEncoded, isEncoded ? _model.Config : null),
            MaskSetColumns.Create(_columns.Output),
            row => isEncoded ? BindEncoded(row) : BindImage(row),
            State,
            FailedRowColumns.Marked(Options.FailedRows, _columns, MaskSet.Empty));
    }

    private protected override void DisposeModel()
    {
        _fromImages.Dispose();
        _fromEmbeddings.Dispose();
    }

    private RowComputation<MaskSet> BindImage(DataViewRow row)
    {
        var generator = _fromImages.Get();
        var reader = ImageReader.Create(Host, row, _columns.Input, Options.MaximumPixels, Options.Range);
        return new(() => reader.Read() is { } image ? Generate(generator.Generate, image) : MaskSet.Empty, () => reader.Tag);
    }

    private RowComputation<MaskSet> BindEncoded(DataViewRow row)
    {
        var generator = _fromEmbeddings.Get();
        var encodedBy = ModelAnnotations.Check(row.Schema, ImageColumns.TensorNames(_columns.Input), _model, _columns.Output);
        var reader = new EncodedImageReader(row, _columns.Input, _model.Config.ImageSize, encodedBy);
        return new(() => reader.Read() is { } image ? Generate(generator.Generate, image) : MaskSet.Empty);
    }

    private MaskSet Generate<TImage>(Func<TImage, IProgress<MaskGenerationProgress>?, CancellationToken, MaskSet> generate, TImage image) =>
        StageStep.Run(Host, "Generate", cancellation => generate(image, new StageProgress(Host, _progress), cancellation));
}
