using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Segments everything in an image: SAM 2 prompted with a grid of points, filtered to the masks worth keeping.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Image (<see cref="Microsoft.ML.Data.MLImage"/>); a vector of
/// <see cref="byte"/>, an image file; or what <see cref="Sam2ImageEncodingEstimator"/> writes with the same model, its companion columns
/// included</description></item>
/// <item><term>Output column data type</term><description><see cref="MaskSetDataViewType"/>, and vectors of variable
/// size</description></item>
/// <item><term>Exportable to ONNX</term><description>No; <see cref="Sam2OnnxExporter"/> writes encoder and decoder as files of
/// their own</description></item>
/// </list>
/// Output columns, with one entry per mask in the generator's order:
/// <list type="bullet">
/// <item><description><c>{name}</c>: <see cref="MaskSet"/>.</description></item>
/// <item><description><c>{name}.PredictedIou</c>, <c>{name}.StabilityScore</c>: Single [n].</description></item>
/// <item><description><c>{name}.Area</c>: Single [n], in pixels of the image, exact up to 2^24.</description></item>
/// <item><description><c>{name}.BoundingBox</c>: Single [n, 4]: left, upper, and last minus first pixel index to the right and
/// down.</description></item>
/// <item><description><c>{name}.CocoRle</c>: text [n], COCO's compressed run lengths.</description></item>
/// <item><description><c>{name}.ImageSize</c>: Int32 [2], width and height of the image, which decoding run lengths
/// takes.</description></item>
/// </list>
/// However many of them are read, a row is segmented once, and not at all if none is. A row without an image gives
/// <see cref="MaskSet.Empty"/> and empty vectors; an image in which nothing is found gives a set without masks.
/// <para><b>From embeddings.</b> An embedding gives the masks that its image gives, bit for bit, without being encoded again: to try
/// thresholds on images that were encoded once. Crops are encoded one by one from the image itself, so a column of embeddings is refused
/// where <see cref="AutomaticMaskGenerationOptions.CropLayers"/> is above 0. An embedding by another model is refused as
/// <see cref="Sam2PromptDecodingEstimator"/> does.</para>
/// <para>In a C# type that rows are read from, mark images with <c>[ImageType(height, width)]</c>: ML.NET wants some size there, and
/// nothing holds the images to it. They stay the property of whoever made them.</para>
/// <para><b>Cache and ShuffleRows.</b> ML.NET's <c>Cache</c>, <c>AppendCacheCheckpoint</c>, <c>ShuffleRows</c> and <c>SaveAsBinary</c> keep
/// plain columns only: images and the rich column <c>{name}</c> are gone after them, and reading it gives "Could not find column". Shuffle
/// before loading images, and cache after the stages that read the rich column, or use <c>{name}.CocoRle</c> and
/// <c>{name}.ImageSize</c>.</para>
/// <para><b>Images and bytes.</b> A column of bytes (<c>LoadRawImageBytes</c>, a <c>byte[]</c> from a database or a request) holds an image
/// file each (PNG, JPEG, TIFF, WebP, BMP or GIF); no bytes are no image. It is decoded as
/// <see cref="RgbImage.Load(string, ImageLoadOptions)"/> does: turned upright, and refused where its end is missing. A column of <see
/// cref="Microsoft.ML.Data.MLImage"/> is taken as it lies.
/// ML.NET's <c>LoadImages</c> does not turn photos, and leaves the rows empty that a file has lost; where that can be told (formats without
/// alpha, not interlaced), the row fails.</para>
/// <para><b>Failed rows.</b> With <see cref="AutomaticMaskGenerationOptions.FailedRows"/> set to <see cref="FailedRowBehavior.Mark"/> there
/// is
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
public sealed class MaskGenerationEstimator : RowMappingEstimator<MaskGenerationTransformer>
{
    private readonly StageColumns _columns;
    private readonly AutomaticMaskGenerationOptions _options;
    private readonly IProgress<MaskGenerationProgress>? _progress;

    internal MaskGenerationEstimator(
        IHostEnvironment environment,
        string outputColumnName,
        string? inputColumnName,
        AutomaticMaskGenerationOptions options,
        IProgress<MaskGenerationProgress>? progress = null)
        : base(environment)
    {
        options.Validate();
        _columns = new(outputColumnName, inputColumnName ?? outputColumnName);
        _options = options;
        _progress = progress;
    }

    private protected override IEnumerable<SchemaShape.Column> Outputs =>
    [
        .. MaskSetColumns.Create(_columns.Output).Select(column => column.Shape),
        .. FailedRowColumns.Shape(_options.FailedRows, _columns),
    ];

    private protected override IEnumerable<InputColumn> GetInputs(Func<string, DataViewType?> vectorItem) =>
        GenerationInputs.Columns(_columns.Input, _options.CropLayers, ImageColumns.IsTensor(vectorItem(_columns.Input)), config: null);

    private protected override MaskGenerationTransformer MakeTransformer() =>
        new(Environment, _columns, StageModel.Of(_options.Model), _options, progress: _progress);
}
