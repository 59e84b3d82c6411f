using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Sam2;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(Sam2ImageEncodingTransformer), null, typeof(SignatureLoadModel), "", Sam2ImageEncodingTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Runs SAM 2's image encoder; see <see cref="Sam2ImageEncodingEstimator"/> for the columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not. All cursors share one session, which is made when the first cursor is and held until
/// disposed.</remarks>
public sealed class Sam2ImageEncodingTransformer : RowMappingTransformer, ISessionStage
{
    internal const string LoaderName = "Sam2ImageEncode";
    private static readonly ModelFormat SavedFormat = new("S2 IMENC", LoaderName, Version: 4, ReadableFrom: 3, OldestReadable: 2);

    private readonly StageColumns _columns;
    private readonly StageModel _model;
    private readonly StageEngine<Sam2ImageEncoder> _encoder;

    internal Sam2ImageEncodingTransformer(
        IHostEnvironment environment, StageColumns columns, StageModel model, Sam2ImageEncodingOptions options)
        : base(environment.Register(nameof(Sam2ImageEncodingTransformer)))
    {
        _columns = columns;
        _model = model;
        Options = options with { Model = model.Model };
        _encoder = new(Host, State, model, options.Session, (opened, session) =>
            new Sam2ImageEncoder(opened, session, model.Fingerprint));
    }

    /// <summary>The settings. The model of a loaded stage holds the weights of the image encoder alone.</summary>
    public Sam2ImageEncodingOptions Options { get; private set; }

    /// <summary>How many sessions were made: never more than one unless making it failed.</summary>
    internal int SessionCount => _encoder.CreatedCount;

    void ISessionStage.UseSession(Sam2SessionOptions session)
    {
        _encoder.UseSession(session);
        Options = Options with { Session = session };
    }

    private protected override ModelFormat Format => SavedModel.FormatOf(_model, SavedFormat);

    // Found by ML.NET through the LoadableClass attribute above.
    private static Sam2ImageEncodingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MlNetInternals.ThrowIfUnsupported();
        var reader = SavedStageReader.Open(ctx, SavedFormat);
        var columns = StageColumns.Read(reader);
        var options = SavedOptions.Read<Sam2ImageEncodingOptions>(reader, saved => saved.Validate());
        return new(env, columns, SavedModel.Read(reader, ModelParts.ImageEncoder), options);
    }

    /// <remarks>Names of the output column and of the input column; the options; the image encoder.</remarks>
    private protected override void SaveModel(SavedStageWriter writer)
    {
        _columns.Write(writer);
        SavedOptions.Write(writer, Options);
        SavedModel.Write(writer, _model, ModelParts.ImageEncoder);
    }

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema)
    {
        var isPreprocessed = ImageColumns.IsTensor(inputSchema, _columns.Input);
        return new RowMapper<EncodedImage?>(
            inputSchema,
            isPreprocessed
                ? ImageColumns.PreprocessedInputs(_columns.Input, _model.Config.ImageSize)
                : [ImageColumns.ImageOrPreprocessed(_columns.Input)],
            ImageColumns.Encoded(_columns.Output, _model),
            row => isPreprocessed ? BindPreprocessed(row) : BindImage(row),
            State,
            FailedRowColumns.Marked<EncodedImage?>(Options.FailedRows, _columns, missing: null));
    }

    private protected override void DisposeModel() => _encoder.Dispose();

    private RowComputation<EncodedImage?> BindImage(DataViewRow row)
    {
        var encoder = _encoder.Get();
        var reader = ImageReader.Create(Host, row, _columns.Input, Options.MaximumPixels, Options.Range);
        return new(
            () => reader.Read() is { } image
                ? StageStep.Run(Host, "Encode", cancellation => encoder.Encode(image, cancellation))
                : null,
            () => reader.Tag);
    }

    private RowComputation<EncodedImage?> BindPreprocessed(DataViewRow row)
    {
        var encoder = _encoder.Get();
        var reader = new TensorReader(row, _columns.Input);
        var sizeReader = new ImageSizeReader(row, _columns.Input);
        return new(() => sizeReader.Read() is { } size ? Encode(encoder, reader.ReadFinite(), size) : null);
    }

    private EncodedImage Encode(Sam2ImageEncoder encoder, float[] pixelValues, ImageSize size) =>
        StageStep.Run(Host, "Encode", cancellation => encoder.Encode(pixelValues, size, cancellation));
}
