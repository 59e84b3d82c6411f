using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Imaging;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(Sam2ImagePreprocessingTransformer), null, typeof(SignatureLoadModel), "", Sam2ImagePreprocessingTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Resizes and normalizes pictures as SAM 2 wants them; see <see cref="Sam2ImagePreprocessingEstimator"/> for the
/// columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not.</remarks>
public sealed class Sam2ImagePreprocessingTransformer : RowMappingTransformer
{
    internal const string LoaderName = "Sam2ImagePreprocess";
    private static readonly ModelFormat SavedFormat = new("S2 PREPR", LoaderName, Version: 1, ReadableFrom: 1, OldestReadable: 1);

    private readonly StageColumns _columns;

    internal Sam2ImagePreprocessingTransformer(IHostEnvironment environment, StageColumns columns, int inputSize)
        : base(environment.Register(nameof(Sam2ImagePreprocessingTransformer)))
    {
        _columns = columns;
        InputSize = inputSize;
    }

    /// <summary>Side S of the square that every picture is resized to, in pixels.</summary>
    public int InputSize { get; }

    private protected override ModelFormat Format => SavedFormat;

    // Found by ML.NET through the LoadableClass attribute above.
    private static Sam2ImagePreprocessingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        SavedFormat.Check(ctx);
        return new Sam2ImagePreprocessingTransformer(env, StageColumns.Read(ctx), ctx.Reader.ReadInt32());
    }

    /// <remarks>Layout: name of the output column, name of the input column (text); S (int32).</remarks>
    private protected override void SaveModel(ModelSaveContext context)
    {
        _columns.Write(context);
        context.Writer.Write(InputSize);
    }

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema) => new RowMapper<PreprocessedImage?>(
        inputSchema,
        [ImageColumns.Image(_columns.Input)],
        ImageColumns.Preprocessed(_columns.Output, InputSize),
        Bind,
        CountRow);

    private protected override void DisposeModel()
    {
    }

    private RowComputation<PreprocessedImage?> Bind(DataViewRow row)
    {
        ThrowIfDisposed();
        var reader = new ImageReader(row, _columns.Input);
        return new(() => reader.Read() is { } image
            ? StageSession.Timed(
                Host, "Preprocess", () => new PreprocessedImage(Sam2Preprocessing.Preprocess(image, InputSize), image.Size))
            : null, () => reader.Tag);
    }
}
