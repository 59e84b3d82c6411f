using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Resizes and normalizes images as SAM 2 wants them.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Image (<see cref="Microsoft.ML.Data.MLImage"/>), or a vector of
/// <see cref="byte"/>, an image file</description></item>
/// <item><term>Output column data type</term><description>Known-sized vector of <see cref="float"/></description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
/// </list>
/// Output columns, S being the side of the model's input:
/// <list type="bullet">
/// <item><description><c>{name}</c>: Single [3, S, S], row-major: R, G, B in [0, 1], resized to S x S without keeping the aspect ratio by
/// antialiased bilinear sampling, minus the mean over the standard deviation of ImageNet. Never resize before by <c>ResizeImages</c>, which
/// takes the nearest pixel.</description></item>
/// <item><description><c>{name}.ImageSize</c>: Int32 [2], width and height of the image in its own pixels, the frame of later
/// prompts.</description></item>
/// </list>
/// A row without an image gives zeros in both.
/// <para><b>Images and bytes.</b> A column of bytes (<c>LoadRawImageBytes</c>, a <c>byte[]</c> from a database or a request) holds an image
/// file each (PNG, JPEG, TIFF, WebP, BMP or GIF); no bytes are no image. It is decoded as
/// <see cref="RgbImage.Load(string, ImageLoadOptions)"/> does: turned upright, and refused where its end is missing. A column of <see
/// cref="Microsoft.ML.Data.MLImage"/> is taken as it lies.
/// ML.NET's <c>LoadImages</c> does not turn photos, and leaves the rows empty that a file has lost; where that can be told (formats without
/// alpha, not interlaced), the row fails.</para>
/// <para><b>Failed rows.</b> With <see cref="Sam2ImagePreprocessingOptions.FailedRows"/> set to <see cref="FailedRowBehavior.Mark"/> there
/// is
/// one more column, <c>{name}.Error</c>: text, empty where all is well. A failed row has the reason there, as has one that the stage before
/// has marked in <c>{input}.Error</c>, and in the other columns what a row without an image has.</para>
/// <para><b>Errors.</b> Otherwise a row that cannot be computed throws <see cref="InvalidOperationException"/>, whose message begins with
/// the
/// position of the row and the name of its image, if it has one, and whose inner exception is the cause; <see cref="OutOfMemoryException"/>
/// likewise where memory does not suffice. <see cref="OperationCanceledException"/> follows when the <c>MLContext</c> is cancelled, within
/// a second, and
/// <see cref="ObjectDisposedException"/> when the transformer is disposed.</para>
/// </remarks>
public sealed class Sam2ImagePreprocessingEstimator : RowMappingEstimator<Sam2ImagePreprocessingTransformer>
{
    private readonly StageColumns _columns;
    private readonly Sam2ImagePreprocessingOptions _options;

    internal Sam2ImagePreprocessingEstimator(
        IHostEnvironment environment, string outputColumnName, string? inputColumnName, Sam2ImagePreprocessingOptions options)
        : base(environment)
    {
        options.Validate();
        _columns = new(outputColumnName, inputColumnName ?? outputColumnName);
        _options = options;
    }

    private protected override IEnumerable<SchemaShape.Column> Outputs =>
    [
        .. ImageColumns.PreprocessedShape(_columns.Output),
        .. FailedRowColumns.Shape(_options.FailedRows, _columns),
    ];

    private protected override IEnumerable<InputColumn> GetInputs(Func<string, DataViewType?> vectorItem) =>
        [ImageColumns.Image(_columns.Input)];

    private protected override Sam2ImagePreprocessingTransformer MakeTransformer() =>
        new(Environment, _columns, StageModel.Of(_options.Model).Config.ImageSize, _options);
}
