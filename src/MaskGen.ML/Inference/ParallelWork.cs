using System.Runtime.ExceptionServices;

namespace MaskGen.ML.Inference;

/// <summary>Independent pieces of work on several threads, whose failures arrive as they would from one.</summary>
internal static class ParallelWork
{
    /// <summary>Runs <paramref name="work"/> once for every index.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="threads">Threads to use, at least 1.</param>
    /// <param name="cancellationToken">Checked between pieces.</param>
    /// <param name="work">Gets the index of a piece.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled; carries <paramref name="cancellationToken"/>.</exception>
    /// <remarks>Whatever a piece throws is thrown as it is: of several failures the first one that is not a cancellation.</remarks>
    public static void For(int count, int threads, CancellationToken cancellationToken, Action<int> work)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Math.Min(count, threads) <= 1)
        {
            for (var i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                work(i);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, work);
        }
        catch (AggregateException e)
        {
            var failures = e.Flatten().InnerExceptions;
            ExceptionDispatchInfo.Throw(failures.FirstOrDefault(failure => failure is not OperationCanceledException) ?? failures[0]);
        }
    }
}
