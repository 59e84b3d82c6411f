using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Models;

/// <summary>A decoder of an export.</summary>
/// <param name="File">Its file.</param>
/// <param name="Family">Its family.</param>
internal sealed record OnnxExportDecoder(OnnxFile File, OnnxExportFamily Family)
{
    private OnnxValue Points => File.Header.Input(Family.Points)!;

    /// <summary>Masks that it gives for a prompt, one or three; null where the file leaves it open.</summary>
    public int? MaskCount =>
        File.Header.Output(Family.PredictedIou)!.Side(Family.HasImageAxis ? 2 : 1)
        ?? File.Header.Output(Family.Masks)!.Side(Family.HasImageAxis ? 2 : 1);

    /// <summary>Images that a run takes, where the file fixes it.</summary>
    public int? ImagesPerRun => Family.HasImageAxis ? Points.Side(0) : File.Header.Input(Family.Embedding)!.Side(0);

    /// <summary>Prompts that a run takes, where the file fixes it.</summary>
    public int? PromptsPerRun => Points.Side(Family.HasImageAxis ? 1 : 0);

    /// <summary>Boxes that a run takes, where the file fixes it.</summary>
    public int? BoxesPerRun => Family.Boxes is { } boxes ? File.Header.Input(boxes)!.Side(1) : null;

    /// <summary>Points that a prompt has, where the file fixes it.</summary>
    public int? PointsPerPrompt => Points.Side(Family.HasImageAxis ? 2 : 1);

    /// <summary>Type of the labels; see <see cref="OnnxElementTypes"/>.</summary>
    public int LabelType => File.Header.Input(Family.Labels)!.ElementType;

    /// <summary>Numbers that say whether there are earlier logits: one, unless the file fixes more.</summary>
    public int MaskFlags => Family.HasMaskInput is { } name ? File.Header.Input(name)!.Side(0) ?? 1 : 0;
}
