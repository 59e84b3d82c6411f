using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>Runs the steps of a stage on a row: logs how long they took, and ends them when the <c>MLContext</c> is cancelled.</summary>
internal static class StageStep
{
    /// <param name="host">Host of the stage.</param>
    /// <param name="step">Name of the step, for the log.</param>
    /// <param name="run">The step; it must look at the token.</param>
    /// <exception cref="OperationCanceledException">The context was cancelled, as AutoML does when its time is over.</exception>
    public static TResult Run<TResult>(IHost host, string step, Func<CancellationToken, TResult> run)
    {
        ThrowIfCanceled(host);
        var started = Stopwatch.GetTimestamp();
        using var channel = host.Start(step);
        using var cancellation = new ContextCancellation(host);
        TResult result;
        try
        {
            result = run(cancellation.Token);
        }
        catch (OperationCanceledException e) when (cancellation.Token.IsCancellationRequested)
        {
            throw Canceled(e);
        }

        channel.Trace(MessageSensitivity.None, "{0}: {1:0.0} ms.", step, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return result;
    }

    /// <exception cref="OperationCanceledException">The context was cancelled.</exception>
    public static void ThrowIfCanceled(IHost host)
    {
        if (ContextCancellation.IsCanceled(host))
        {
            throw Canceled(null);
        }
    }

    private static OperationCanceledException Canceled(Exception? cause) => new("The MLContext was cancelled.", cause);
}
