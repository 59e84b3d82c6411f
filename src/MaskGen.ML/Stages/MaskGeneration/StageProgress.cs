using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>Passes progress on, and ends the work after the batch in which the <c>MLContext</c> was cancelled, where the token of the step
/// has not ended it before.</summary>
internal sealed class StageProgress(IHost host, IProgress<MaskGenerationProgress>? next) : IProgress<MaskGenerationProgress>
{
    /// <exception cref="OperationCanceledException">The context was cancelled.</exception>
    public void Report(MaskGenerationProgress value)
    {
        StageStep.ThrowIfCanceled(host);
        next?.Report(value);
    }
}
