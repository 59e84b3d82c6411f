using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Imaging;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(Sam2ImagePreprocessingTransformer), null, typeof(SignatureLoadModel), "", Sam2ImagePreprocessingTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Resizes and normalizes images as SAM 2 wants them; see <see cref="Sam2ImagePreprocessingEstimator"/> for the
/// columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not.</remarks>
public sealed class Sam2ImagePreprocessingTransformer : RowMappingTransformer
{
    internal const string LoaderName = "Sam2ImagePreprocess";
    private const string InputSizeValue = "inputSize";

    // Far above every model, and 3 * S^2 values still fit into a vector.
    private const int LargestInputSize = 1 << 14;

    private static readonly ModelFormat SavedFormat = new("S2 PREPR", LoaderName, Version: 3, ReadableFrom: 3, OldestReadable: 2);

    private readonly StageColumns _columns;
    private readonly Sam2ImagePreprocessingOptions _options;

    internal Sam2ImagePreprocessingTransformer(
        IHostEnvironment environment, StageColumns columns, int inputSize, Sam2ImagePreprocessingOptions options)
        : base(environment.Register(nameof(Sam2ImagePreprocessingTransformer)))
    {
        _columns = columns;
        _options = options;
        InputSize = inputSize;
    }

    /// <summary>Side S of the square that every image is resized to, in pixels.</summary>
    public int InputSize { get; }

    private protected override ModelFormat Format => SavedFormat;

    // Found by ML.NET through the LoadableClass attribute above.
    private static Sam2ImagePreprocessingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MlNetInternals.ThrowIfUnsupported();
        var reader = SavedStageReader.Open(ctx, SavedFormat);
        var columns = StageColumns.Read(reader);
        var options = SavedOptions.Read<Sam2ImagePreprocessingOptions>(reader, saved => saved.Validate());
        return new(env, columns, reader.Number(InputSizeValue, 1, LargestInputSize), options);
    }

    /// <remarks>Names of the output column and of the input column; S; the options.</remarks>
    private protected override void SaveModel(SavedStageWriter writer)
    {
        _columns.Write(writer);
        writer.Add(InputSizeValue, InputSize);
        SavedOptions.Write(writer, _options);
    }

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema) => new RowMapper<PreprocessedImage?>(
        inputSchema,
        [ImageColumns.Image(_columns.Input)],
        ImageColumns.Preprocessed(_columns.Output, InputSize),
        Bind,
        State,
        FailedRowColumns.Marked<PreprocessedImage?>(_options.FailedRows, _columns, missing: null));

    private protected override void DisposeModel()
    {
    }

    private RowComputation<PreprocessedImage?> Bind(DataViewRow row)
    {
        State.ThrowIfDisposed();
        var reader = ImageReader.Create(Host, row, _columns.Input, _options.MaximumPixels, _options.Range);
        return new(() => reader.Read() is { } image ? Preprocess(image) : null, () => reader.Tag);
    }

    private PreprocessedImage Preprocess(RgbImage image) => StageStep.Run(Host, "Preprocess", cancellation =>
        new PreprocessedImage(Sam2Preprocessing.Preprocess(image, InputSize, cancellation), image.Size));
}
