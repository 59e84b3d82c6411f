using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Runs SAM 2's image encoder: an image in, an embedding out that can be cached, saved and prompted many times.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Image (<see cref="Microsoft.ML.Data.MLImage"/>); a vector of
/// <see cref="byte"/>, an image file; or what <see cref="Sam2ImagePreprocessingEstimator"/> writes: Single [3, S, S] with
/// <c>{input}.ImageSize</c> beside it</description></item>
/// <item><term>Output column data type</term><description>Known-sized vectors of <see cref="float"/></description></item>
/// <item><term>Exportable to ONNX</term><description>No; <see cref="Sam2OnnxExporter"/> writes the encoder as a file of its
/// own</description></item>
/// </list>
/// Output columns, all row-major, S being the side of the model's input and d its channels (1024 and 256 for the official checkpoints):
/// <list type="bullet">
/// <item><description><c>{name}</c>: Single [d, S/16, S/16], the image embedding.</description></item>
/// <item><description><c>{name}.HighResolutionFeatures0</c>: Single [d/8, S/4, S/4].</description></item>
/// <item><description><c>{name}.HighResolutionFeatures1</c>: Single [d/4, S/8, S/8].</description></item>
/// <item><description><c>{name}.ImageSize</c>: Int32 [2], width and height of the image in its own pixels, the frame of later
/// prompts.</description></item>
/// </list>
/// However many of them are read, a row is encoded once. A row without an image is not encoded and gives zeros in all of them.
/// <para><b>One model.</b> The three columns of floats carry the name and the fingerprint of the model (a hash of its configuration and
/// weights) as annotations <c>Sam2ModelName</c> and <c>Sam2ModelFingerprint</c>, through <c>Cache</c>, <c>ShuffleRows</c>,
/// <c>SaveAsBinary</c> and
/// <c>CopyColumns</c>. <see cref="Sam2PromptDecodingEstimator"/> refuses an embedding by another model. A column that lost them, as through
/// <c>SaveAsText</c> or an array in a C# type, is compared by its shape alone, and all official models have one shape.</para>
/// <para><b>Images and bytes.</b> A column of bytes (<c>LoadRawImageBytes</c>, a <c>byte[]</c> from a database or a request) holds an image
/// file each (PNG, JPEG, TIFF, WebP, BMP or GIF); no bytes are no image. It is decoded as
/// <see cref="RgbImage.Load(string, ImageLoadOptions)"/> does: turned upright, and refused where its end is missing. A column of <see
/// cref="Microsoft.ML.Data.MLImage"/> is taken as it lies.
/// ML.NET's <c>LoadImages</c> does not turn photos, and leaves the rows empty that a file has lost; where that can be told (formats without
/// alpha, not interlaced), the row fails.</para>
/// <para><b>Failed rows.</b> With <see cref="Sam2ImageEncodingOptions.FailedRows"/> set to <see cref="FailedRowBehavior.Mark"/> there is
/// one more column, <c>{name}.Error</c>: text, empty where all is well. A failed row has the reason there, as has one that the stage before
/// has marked in <c>{input}.Error</c>, and in the other columns what a row without an image has.</para>
/// <para><b>Errors.</b> Otherwise a row that cannot be computed throws <see cref="InvalidOperationException"/>, whose message begins with
/// the
/// position of the row and the name of its image, if it has one, and whose inner exception is the cause; <see cref="OutOfMemoryException"/>
/// likewise where memory does not suffice. <see cref="OperationCanceledException"/> follows when the <c>MLContext</c> is cancelled, within
/// a second, and
/// <see cref="ObjectDisposedException"/> when the transformer is disposed. The model is loaded when a cursor is made, which throws
/// <see cref="CheckpointFormatException"/> or another <see cref="IOException"/> where that fails, and tries again the next time.</para>
/// </remarks>
public sealed class Sam2ImageEncodingEstimator : RowMappingEstimator<Sam2ImageEncodingTransformer>
{
    private readonly StageColumns _columns;
    private readonly Sam2ImageEncodingOptions _options;

    internal Sam2ImageEncodingEstimator(
        IHostEnvironment environment, string outputColumnName, string? inputColumnName, Sam2ImageEncodingOptions options)
        : base(environment)
    {
        options.Validate();
        _columns = new(outputColumnName, inputColumnName ?? outputColumnName);
        _options = options;
    }

    private protected override IEnumerable<SchemaShape.Column> Outputs =>
    [
        .. ImageColumns.EncodedShape(_columns.Output),
        .. FailedRowColumns.Shape(_options.FailedRows, _columns),
    ];

    private protected override IEnumerable<InputColumn> GetInputs(Func<string, DataViewType?> vectorItem) =>
        ImageColumns.IsTensor(vectorItem(_columns.Input))
            ? ImageColumns.PreprocessedInputs(_columns.Input)
            : [ImageColumns.ImageOrPreprocessed(_columns.Input)];

    private protected override Sam2ImageEncodingTransformer MakeTransformer() =>
        new(Environment, _columns, StageModel.Of(_options.Model), _options);
}
