using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>Runs SAM 2's image encoder: a picture in, an embedding out that can be cached, saved and prompted many times.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>No</description></item>
/// <item><term>Input column data type</term><description>Image (<see cref="Microsoft.ML.Data.MLImage"/>), or what
/// <see cref="Sam2ImagePreprocessingEstimator"/> writes: Single [3, S, S] with <c>{input}.ImageSize</c> beside it</description></item>
/// <item><term>Output column data type</term><description>Known-sized vectors of <see cref="float"/></description></item>
/// <item><term>Exportable to ONNX</term><description>No; <c>Sam2OnnxExport</c> writes the encoder as a file of its own</description></item>
/// </list>
/// Output columns, all row-major, S being the side of the model's input and d its channels (1024 and 256 for the official checkpoints):
/// <list type="bullet">
/// <item><description><c>{name}</c>: Single [d, S/16, S/16], the image embedding.</description></item>
/// <item><description><c>{name}.HighResolutionFeatures0</c>: Single [d/8, S/4, S/4].</description></item>
/// <item><description><c>{name}.HighResolutionFeatures1</c>: Single [d/4, S/8, S/8].</description></item>
/// <item><description><c>{name}.ImageSize</c>: Int32 [2], width and height of the picture in its own pixels, the frame of later
/// prompts.</description></item>
/// </list>
/// However many of them are read, a row is encoded once. A row without a picture is not encoded and gives zeros in all of them.
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

    private protected override IEnumerable<SchemaShape.Column> Outputs => ImageColumns.EncodedShape(_columns.Output);

    private protected override IEnumerable<InputColumn> GetInputs(Func<string, bool> isVector) =>
        isVector(_columns.Input) ? ImageColumns.PreprocessedInputs(_columns.Input) : [ImageColumns.Image(_columns.Input)];

    private protected override Sam2ImageEncodingTransformer MakeTransformer() =>
        new(Environment, _columns, StageModel.Of(_options.Model), _options);
}
