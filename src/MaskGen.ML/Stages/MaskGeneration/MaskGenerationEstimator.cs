using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Segments everything in a picture: SAM 2 prompted with a grid of points, filtered to the masks worth keeping.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Image (<see cref="Microsoft.ML.Data.MLImage"/>)</description></item>
/// <item><term>Output column data type</term><description><see cref="MaskSetDataViewType"/>, and vectors of variable
/// size</description></item>
/// <item><term>Exportable to ONNX</term><description>No; <c>Sam2OnnxExport</c> writes encoder and decoder as files of their
/// own</description></item>
/// </list>
/// Output columns, with one entry per mask in the generator's order:
/// <list type="bullet">
/// <item><description><c>{name}</c>: <see cref="MaskSet"/>.</description></item>
/// <item><description><c>{name}.PredictedIou</c>, <c>{name}.StabilityScore</c>: Single [n].</description></item>
/// <item><description><c>{name}.Area</c>: Single [n], in pixels of the image, exact up to 2^24.</description></item>
/// <item><description><c>{name}.BoundingBox</c>: Single [n, 4]: left, upper, and last minus first pixel index to the right and
/// down.</description></item>
/// <item><description><c>{name}.CocoRle</c>: text [n], COCO's compressed run lengths.</description></item>
/// </list>
/// However many of them are read, a row is segmented once, and not at all if none is. A row without a picture gives
/// <see cref="MaskSet.Empty"/> and empty vectors; a picture in which nothing is found gives a set without masks.
/// <para>In a C# type that rows are read from, mark pictures with <c>[ImageType(height, width)]</c>: ML.NET wants some size there, and
/// nothing holds the pictures to it. They stay the property of whoever made them. ML.NET caches and shuffles neither pictures nor rich
/// columns: shuffle before loading, cache the plain columns.</para>
/// </remarks>
public sealed class MaskGenerationEstimator : RowMappingEstimator<MaskGenerationTransformer>
{
    private readonly StageColumns _columns;
    private readonly AutomaticMaskGenerationOptions _options;

    internal MaskGenerationEstimator(
        IHostEnvironment environment, string outputColumnName, string? inputColumnName, AutomaticMaskGenerationOptions options)
        : base(environment)
    {
        options.Validate();
        _columns = new(outputColumnName, inputColumnName ?? outputColumnName);
        _options = options;
    }

    private protected override IEnumerable<SchemaShape.Column> Outputs =>
        MaskSetColumns.Create<MaskSet>(_columns.Output, masks => masks).Select(column => column.Shape);

    private protected override IEnumerable<InputColumn> GetInputs(Func<string, bool> isVector) => [ImageColumns.Image(_columns.Input)];

    private protected override MaskGenerationTransformer MakeTransformer() =>
        new(Environment, _columns, StageModel.Of(_options.Model), _options);
}
