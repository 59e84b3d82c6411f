using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Resizes and normalizes pictures as SAM 2 wants them.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Image (<see cref="Microsoft.ML.Data.MLImage"/>)</description></item>
/// <item><term>Output column data type</term><description>Known-sized vector of <see cref="float"/></description></item>
/// <item><term>Exportable to ONNX</term><description>No</description></item>
/// </list>
/// Output columns, S being the side of the model's input:
/// <list type="bullet">
/// <item><description><c>{name}</c>: Single [3, S, S], row-major: R, G, B in [0, 1], resized to S x S without keeping the aspect ratio by
/// antialiased bilinear sampling, minus the mean over the standard deviation of ImageNet. Never resize before by <c>ResizeImages</c>, which
/// takes the nearest pixel.</description></item>
/// <item><description><c>{name}.ImageSize</c>: Int32 [2], width and height of the picture in its own pixels, the frame of later
/// prompts.</description></item>
/// </list>
/// A row without a picture gives zeros in both.
/// </remarks>
public sealed class Sam2ImagePreprocessingEstimator : RowMappingEstimator<Sam2ImagePreprocessingTransformer>
{
    private readonly StageColumns _columns;
    private readonly Sam2ImagePreprocessingOptions _options;

    internal Sam2ImagePreprocessingEstimator(
        IHostEnvironment environment, string outputColumnName, string? inputColumnName, Sam2ImagePreprocessingOptions options)
        : base(environment)
    {
        _columns = new(outputColumnName, inputColumnName ?? outputColumnName);
        _options = options;
    }

    private protected override IEnumerable<SchemaShape.Column> Outputs => ImageColumns.PreprocessedShape(_columns.Output);

    private protected override IEnumerable<InputColumn> GetInputs(Func<string, bool> isVector) => [ImageColumns.Image(_columns.Input)];

    private protected override Sam2ImagePreprocessingTransformer MakeTransformer() =>
        new(Environment, _columns, StageModel.Of(_options.Model).Config.ImageSize);
}
