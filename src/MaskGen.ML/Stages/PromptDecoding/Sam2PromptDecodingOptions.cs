using MaskGen.ML.Generation;

namespace MaskGen.ML;

/// <summary>Settings of <c>DecodeSam2Prompts</c>: where the prompts are, and what to make of them.</summary>
/// <remarks>
/// Prompts come either as one rich column (<see cref="PromptColumn"/>) or as plain vectors, where the i-th box and the i-th mask belong to
/// object i and <see cref="PointObjectColumn"/> says to which object each point belongs. A row whose columns do not go together, or hold
/// NaN or infinite values beside those that mean "none", throws <see cref="InvalidOperationException"/> with row, column, index and value.
/// </remarks>
public sealed record Sam2PromptDecodingOptions
{
    /// <summary>The model whose decoder runs, the one that encoded the images; null for the default model inside the package,
    /// <see cref="Sam2Model.Nano"/>.</summary>
    public Sam2Model? Model { get; init; }

    /// <summary>Device and threads, or null for one thread per core. Where it names no device, that of the <c>MLContext</c> is used, if
    /// there
    /// is one (<c>GpuDeviceId</c>, <c>FallbackToCpu</c>). Not saved with the stage: the machine that loads it says where it runs, by
    /// <see cref="Microsoft.ML.MaskGenCatalog.SetSam2Session"/>.</summary>
    public Sam2SessionOptions? Session { get; init; }

    /// <summary>Column of <see cref="Sam2PromptSet"/>, or null when the prompts are in plain columns.</summary>
    public string? PromptColumn { get; init; }

    /// <summary>Column of points, or null for none: Single, x and y of each, in pixels of the original image.</summary>
    public string? PointColumn { get; init; }

    /// <summary>Column of the points' labels, or null when all are foreground: Int32 or Single, 1 for foreground and 0 for background, one
    /// per point.</summary>
    public string? PointLabelColumn { get; init; }

    /// <summary>Column that says which object each point belongs to, from 0 and without gaps, or null when all belong to the only one:
    /// Int32 or Single, one per point.</summary>
    public string? PointObjectColumn { get; init; }

    /// <summary>Column of boxes, or null for none: Single, left, upper, right and lower edge of each, in pixels of the original image, one
    /// box per object; four NaN for an object without a box.</summary>
    public string? BoxColumn { get; init; }

    /// <summary>Column of earlier masks, or null for none: Single, (S/4)^2 logits each as <c>{name}.LowResolutionMaskLogits</c> holds
    /// them, one mask per object; all NaN for an object without one.</summary>
    public string? MaskLogitsColumn { get; init; }

    /// <summary>Three masks per prompt, or the one that fits best; SAM 2's predictor gives three by default. Of an ONNX export that does
    /// not give so many, the first cursor is a <see cref="NotSupportedException"/>, whatever <see cref="FailedRows"/> says.</summary>
    public MaskOutput Output { get; init; } = MaskOutput.Multimask;

    /// <summary>Logit above which a pixel belongs to the mask; SAM 2's default is 0.</summary>
    public float MaskThreshold { get; init; }

    /// <summary>Half the width, in logits, of the band by which the stability score is measured, above 0; SAM 2's default is 1.</summary>
    public float StabilityScoreOffset { get; init; } = 1;

    /// <summary>What becomes of a row that cannot be computed: throw, the default, or mark it in <c>{name}.Error</c> and go on.</summary>
    public FailedRowBehavior FailedRows { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    /// <exception cref="ArgumentException">No column of prompts is named, or rich and plain ones are, or a column that needs another is
    /// named without it.</exception>
    public void Validate()
    {
        Session?.Validate();
        FailedRowBehaviors.Check(FailedRows, nameof(FailedRows));
        if (!Enum.IsDefined(Output))
        {
            throw new ArgumentOutOfRangeException(nameof(Output), Output, $"Expected {MaskOutput.Multimask} or {MaskOutput.Single}.");
        }

        if (!float.IsFinite(MaskThreshold))
        {
            throw new ArgumentOutOfRangeException(nameof(MaskThreshold), MaskThreshold, "Expected a finite logit.");
        }

        if (!(StabilityScoreOffset > 0 && float.IsFinite(StabilityScoreOffset)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(StabilityScoreOffset), StabilityScoreOffset, "Expected a finite number of logits above 0.");
        }

        ValidateColumns();
    }

    private void ValidateColumns()
    {
        var plain = (string?[])[PointColumn, PointLabelColumn, PointObjectColumn, BoxColumn, MaskLogitsColumn];
        if (plain.Append(PromptColumn).Any(name => name is not null && string.IsNullOrWhiteSpace(name)))
        {
            throw new ArgumentException("Expected names of columns, found an empty one; say null for none.");
        }

        if (PromptColumn is not null && plain.Any(name => name is not null))
        {
            throw new ArgumentException($"Expected prompts in {nameof(PromptColumn)} or in plain columns, found both named.");
        }

        if (PromptColumn is null && PointColumn is null && BoxColumn is null && MaskLogitsColumn is null)
        {
            throw new ArgumentException(
                $"Expected {nameof(PromptColumn)}, {nameof(PointColumn)}, {nameof(BoxColumn)} or {nameof(MaskLogitsColumn)} to be named, "
                + "found none.");
        }

        if (PointColumn is null && (PointLabelColumn ?? PointObjectColumn) is not null)
        {
            throw new ArgumentException(
                $"Expected {nameof(PointColumn)} beside {nameof(PointLabelColumn)} or {nameof(PointObjectColumn)}, found none.");
        }
    }
}
