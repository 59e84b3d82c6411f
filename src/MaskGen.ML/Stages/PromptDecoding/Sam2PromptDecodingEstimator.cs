using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Runs SAM 2's prompt encoder and mask decoder on embeddings: the masks of the objects that prompts point at.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>What <see cref="Sam2ImageEncodingEstimator"/> writes with the same model, its
/// companion columns included; and prompts, as <see cref="Sam2PromptSetDataViewType"/> or as vectors of
/// <see cref="float"/></description></item>
/// <item><term>Output column data type</term><description><see cref="MaskSetDataViewType"/>, and vectors of variable
/// size</description></item>
/// <item><term>Exportable to ONNX</term><description>No; <see cref="Sam2OnnxExporter"/> writes the decoder as a file of its
/// own</description></item>
/// </list>
/// Output columns, with one entry per mask in the same order: object after object, and of each object one mask or three.
/// <list type="bullet">
/// <item><description><c>{name}</c>: <see cref="MaskSet"/>.</description></item>
/// <item><description><c>{name}.PredictedIou</c>, <c>{name}.StabilityScore</c>, <c>{name}.ObjectScoreLogit</c>: Single
/// [n].</description></item>
/// <item><description><c>{name}.Area</c>: Single [n], in pixels of the image, exact up to 2^24.</description></item>
/// <item><description><c>{name}.BoundingBox</c>: Single [n, 4]: left, upper, and last minus first pixel index to the right and
/// down.</description></item>
/// <item><description><c>{name}.CocoRle</c>: text [n], COCO's compressed run lengths.</description></item>
/// <item><description><c>{name}.ImageSize</c>: Int32 [2], width and height of the image, which decoding run lengths
/// takes.</description></item>
/// <item><description><c>{name}.Object</c>: Int32 [n], index of the prompt that the mask answers.</description></item>
/// <item><description><c>{name}.LowResolutionMaskLogits</c>: Single [n, S/4, S/4], unthresholded; one of them can be the mask of a later
/// prompt.</description></item>
/// </list>
/// However many of them are read, a row is decoded once; masks are brought to the size of the image only if a column needs them.
/// A row without an image or without prompts gives no masks.
/// <para><b>One model.</b> Where the embedding says by its annotations which model made it (see <see cref="Sam2ImageEncodingEstimator"/>),
/// a cursor over an embedding by another model throws <see cref="InvalidOperationException"/> with both names. Where it does not, shapes
/// alone are compared.</para>
/// <para><b>Cache and ShuffleRows.</b> ML.NET's <c>Cache</c>, <c>ShuffleRows</c> and <c>SaveAsBinary</c> keep plain columns only: the
/// embedding and plain prompts pass, a column of <see cref="Sam2PromptSet"/> and the rich column <c>{name}</c> are gone after them, and
/// reading one gives "Could not find column". Put them after the stages that read rich columns, or use <c>{name}.CocoRle</c> and
/// <c>{name}.ImageSize</c>.</para>
/// <para><b>Failed rows.</b> With <see cref="Sam2PromptDecodingOptions.FailedRows"/> set to <see cref="FailedRowBehavior.Mark"/> there is
/// one more column, <c>{name}.Error</c>: text, empty where all is well. A failed row has the reason there, as has one that the encoder has
/// marked in <c>{embedding}.Error</c>, and in the other columns what a row without an image has. Masks are then brought to the size of the
/// image whatever is read.</para>
/// <para><b>Errors.</b> Otherwise a row that cannot be computed throws <see cref="InvalidOperationException"/>, whose message begins with
/// the
/// position of the row and whose inner exception is the cause; <see cref="OutOfMemoryException"/> likewise where
/// memory does not suffice. <see cref="OperationCanceledException"/> follows when the <c>MLContext</c> is cancelled, within a second, and
/// <see cref="ObjectDisposedException"/> when the transformer is disposed. The model is loaded when a cursor is made, which throws
/// <see cref="CheckpointFormatException"/> or another <see cref="IOException"/> where that fails, and tries again the next time.</para>
/// </remarks>
public sealed class Sam2PromptDecodingEstimator : RowMappingEstimator<Sam2PromptDecodingTransformer>
{
    private readonly StageColumns _columns;
    private readonly Sam2PromptDecodingOptions _options;

    internal Sam2PromptDecodingEstimator(
        IHostEnvironment environment, string outputColumnName, string embeddingColumnName, Sam2PromptDecodingOptions options)
        : base(environment)
    {
        options.Validate();
        _columns = new(outputColumnName, embeddingColumnName);
        _options = options;
    }

    private protected override IEnumerable<SchemaShape.Column> Outputs =>
    [
        .. DecodedObjectColumns.Create(_columns.Output, maskSize: 1).Select(column => column.Shape),
        .. FailedRowColumns.Shape(_options.FailedRows, _columns),
    ];

    private protected override IEnumerable<InputColumn> GetInputs(Func<string, DataViewType?> vectorItem) =>
        [.. ImageColumns.EncodedInputs(_columns.Input), .. PromptColumns.Inputs(_options)];

    private protected override Sam2PromptDecodingTransformer MakeTransformer() =>
        new(Environment, _columns, StageModel.Of(_options.Model), _options);
}
