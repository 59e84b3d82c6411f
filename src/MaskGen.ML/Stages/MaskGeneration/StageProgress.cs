using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>Passes progress on, and ends the work after the batch in which ML.NET cancelled the context, as AutoML does when its time is
/// over.</summary>
internal sealed class StageProgress(IHost host, IProgress<MaskGenerationProgress>? next) : IProgress<MaskGenerationProgress>
{
    /// <exception cref="OperationCanceledException">The context was cancelled.</exception>
    public void Report(MaskGenerationProgress value)
    {
        if (host is ICancelable { IsCanceled: true })
        {
            throw new OperationCanceledException("The context was cancelled.");
        }

        next?.Report(value);
    }
}
