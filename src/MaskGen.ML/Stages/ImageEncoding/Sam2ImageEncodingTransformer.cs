using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(Sam2ImageEncodingTransformer), null, typeof(SignatureLoadModel), "", Sam2ImageEncodingTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Runs SAM 2's image encoder; see <see cref="Sam2ImageEncodingEstimator"/> for the columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not. All cursors share one session, which is made when the first cursor is and held until
/// disposed.</remarks>
public sealed class Sam2ImageEncodingTransformer : RowMappingTransformer
{
    internal const string LoaderName = "Sam2ImageEncode";
    private static readonly ModelFormat SavedFormat = new("S2 IMENC", LoaderName, Version: 1, ReadableFrom: 1, OldestReadable: 1);

    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly StageModel _model;
    private readonly SharedEngine<ModelRunner<Sam2ImageEncoder>> _encoder;

    internal Sam2ImageEncodingTransformer(
        IHostEnvironment environment, string outputColumnName, string inputColumnName, StageModel model, Sam2ImageEncodingOptions options)
        : base(environment.Register(nameof(Sam2ImageEncodingTransformer)))
    {
        _outputColumnName = outputColumnName;
        _inputColumnName = inputColumnName;
        _model = model;
        Options = options with { Model = model.Model };
        var session = StageSession.Resolve(Host, options.Session);
        _encoder = new(() => StageSession.Load(
            Host, model, session, (opened, sessionOptions) => new Sam2ImageEncoder(opened.Config, opened.Weights, sessionOptions)));
    }

    /// <summary>The settings. The model of a loaded stage holds the weights of the image encoder alone.</summary>
    public Sam2ImageEncodingOptions Options { get; }

    /// <summary>How many sessions were made: never more than one unless making it failed.</summary>
    internal int SessionCount => _encoder.CreatedCount;

    private protected override ModelFormat Format => SavedFormat;

    // Found by ML.NET through the LoadableClass attribute above.
    private static Sam2ImageEncodingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        SavedFormat.Check(ctx);
        var (outputColumnName, inputColumnName) = (ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString());
        return new(env, outputColumnName, inputColumnName, SavedModel.Read(ctx, ModelParts.ImageEncoder), new Sam2ImageEncodingOptions());
    }

    /// <remarks>Layout: name of the output column, name of the input column (text); the image encoder as <see cref="SavedModel"/> writes
    /// it.</remarks>
    private protected override void SaveModel(ModelSaveContext context)
    {
        context.SaveNonEmptyString(_outputColumnName);
        context.SaveNonEmptyString(_inputColumnName);
        SavedModel.Write(context, _model, ModelParts.ImageEncoder);
    }

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema)
    {
        var isPreprocessed = inputSchema.GetColumnOrNull(_inputColumnName)?.Type is VectorDataViewType;
        return new RowMapper<EncodedImage?>(
            inputSchema,
            isPreprocessed
                ? ImageColumns.PreprocessedInputs(_inputColumnName, _model.Config.ImageSize)
                : [ImageColumns.Image(_inputColumnName)],
            ImageColumns.Encoded(_outputColumnName, _model.Config),
            row => isPreprocessed ? BindPreprocessed(row) : BindImage(row),
            CountRow);
    }

    private protected override void DisposeModel() => _encoder.Dispose();

    private RowComputation<EncodedImage?> BindImage(DataViewRow row)
    {
        var encoder = _encoder.Get().Runner;
        var reader = new ImageReader(row, _inputColumnName);
        return new(
            () => reader.Read() is { } image ? StageSession.Timed(Host, "Encode", () => encoder.Encode(image)) : null, () => reader.Tag);
    }

    private RowComputation<EncodedImage?> BindPreprocessed(DataViewRow row)
    {
        var encoder = _encoder.Get().Runner;
        var reader = new TensorReader(row, _inputColumnName);
        var sizeReader = new ImageSizeReader(row, _inputColumnName);
        return new(() => sizeReader.Read() is { } size
            ? StageSession.Timed(Host, "Encode", () => encoder.Encode(reader.Read(), size, CancellationToken.None))
            : null);
    }
}
