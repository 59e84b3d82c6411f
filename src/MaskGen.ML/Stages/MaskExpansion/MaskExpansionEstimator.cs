using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Makes one row of each mask, with features of fixed size that trainers take.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description><see cref="MaskSetDataViewType"/>, and Image
/// (<see cref="Microsoft.ML.Data.MLImage"/>), or a vector of <see cref="byte"/>, an image file, for colours and
/// cut-outs</description></item>
/// <item><term>Output column data type</term><description><see cref="MaskSetDataViewType"/>, <see cref="float"/>, <see cref="int"/>, text,
/// known-sized vectors of <see cref="float"/> and <see cref="int"/>, Image</description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
/// </list>
/// Every other column of the row is repeated for each of its masks; a row without masks vanishes. Output columns:
/// <list type="bullet">
/// <item><description><c>{name}</c>: <see cref="MaskSet"/> of this one mask.</description></item>
/// <item><description><c>{name}.Index</c>: Int32, its place among the masks of its image.</description></item>
/// <item><description><c>{name}.PredictedIou</c>, <c>{name}.StabilityScore</c>: Single.</description></item>
/// <item><description><c>{name}.Area</c>: Single, in pixels of the image, exact up to 2^24.</description></item>
/// <item><description><c>{name}.RelativeArea</c>: Single, the part of the image that the mask covers, 0 to 1.</description></item>
/// <item><description><c>{name}.BoundingBox</c>: Single [4]: left, upper, and last minus first pixel index to the right and
/// down; slots X, Y, Width, Height.</description></item>
/// <item><description><c>{name}.CocoRle</c>: text, COCO's compressed run lengths.</description></item>
/// <item><description><c>{name}.ImageSize</c>: Int32 [2], width and height of the image, which decoding run lengths takes; slots Width,
/// Height.</description></item>
/// <item><description><c>{name}.MeanColor</c>, if a column of images was named: Single [3], mean R, G and B of the mask's pixels, 0 to
/// 255; slots R, G, B.</description></item>
/// <item><description><c>{name}.Image</c>, if <see cref="MaskExpansionOptions.CutOut"/> says so: Image, the part of the image that the
/// mask covers, as large as the box of the mask's pixels (its width and height are those of <c>{name}.BoundingBox</c> plus 1), RGBA; none
/// for an empty mask. It ends with its row: copy what you keep. Only when it is read is it cut out, as the image is only read for it and
/// for the mean colour.</description></item>
/// <item><description><c>{name}.Error</c>, if <see cref="MaskExpansionOptions.FailedRows"/> says so: text, why the row could not be
/// expanded or its image not be read, empty where all is well.</description></item>
/// </list>
/// One row becomes several, so a chain with this stage is no row-to-row mapper: it cannot be a <c>PredictionEngine</c>.
/// <para><b>Cache and ShuffleRows.</b> ML.NET's <c>Cache</c>, <c>AppendCacheCheckpoint</c>, <c>ShuffleRows</c> and <c>SaveAsBinary</c> drop
/// images and columns of <see cref="MaskSet"/>: put them after this stage, and nothing that trainers need is lost.</para>
/// <para><b>On to the next model.</b> <c>ResizeImages</c> and <c>ExtractPixels</c> take <c>{name}.Image</c> to what a classifier reads:
/// segment, cut out, resize and classify (<c>ApplyOnnxModel</c>) are one pipeline.</para>
/// <para><b>Errors.</b> Unless failed rows are marked, a row that cannot be expanded, such as one whose image has another size than its
/// masks, throws
/// <see cref="InvalidOperationException"/>, whose message begins with the position of the row in the input and whose inner exception is the
/// cause; <see cref="OperationCanceledException"/> follows when the <c>MLContext</c> is cancelled.</para>
/// </remarks>
public sealed class MaskExpansionEstimator : IEstimator<MaskExpansionTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly MaskExpansionColumns _columns;

    internal MaskExpansionEstimator(IHostEnvironment environment, MaskExpansionColumns columns)
    {
        _environment = environment;
        _columns = columns;
    }

    /// <summary>Checks the schema and gives the transformer. Reads no rows.</summary>
    /// <param name="input">Data with the schema of what is to be transformed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public MaskExpansionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        return new MaskExpansionTransformer(_environment, _columns);
    }

    /// <summary>The shape of the schema with the columns of the stage added.</summary>
    /// <param name="inputSchema">Shape of the schema of the data to come.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return SchemaShapes.Extend(inputSchema, _columns.Inputs, _columns.Outputs.Select(column => column.Shape));
    }
}
