using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class ParallelWorkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(37, 1)]
    [InlineData(37, 4)]
    public void For_AnyCount_RunsEveryPieceOnce(int count, int threads)
    {
        var runs = new int[count];

        ParallelWork.For(count, threads, Token, i => Interlocked.Increment(ref runs[i]));

        Assert.All(runs, run => Assert.Equal(1, run));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void For_APieceThatFails_ThrowsWhatItThrew(int threads)
    {
        var own = new OutOfMemoryException("of a piece");

        var error = Assert.Throws<OutOfMemoryException>(() => ParallelWork.For(8, threads, Token, i => ThrowIf(i == 5, own)));

        Assert.Same(own, error);
        Assert.Contains(nameof(ThrowIf), error.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void For_AFailureAmongCancellations_ThrowsTheFailure()
    {
        using var barrier = new Barrier(4);
        using var own = new CancellationTokenSource();
        own.Cancel();

        Assert.Throws<InvalidOperationException>(() => ParallelWork.For(4, 4, Token, i =>
        {
            // All four run before the first ends, so that each has something to say.
            barrier.SignalAndWait(TimeSpan.FromSeconds(30), Token);
            own.Token.ThrowIfCancellationRequestedUnless(i == 2);
            throw new InvalidOperationException();
        }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void For_Cancelled_ThrowsWithTheCallersToken(int threads)
    {
        using var cancellation = new CancellationTokenSource();

        var error = Assert.ThrowsAny<OperationCanceledException>(() => ParallelWork.For(100, threads, cancellation.Token, i =>
        {
            cancellation.Cancel();
            cancellation.Token.ThrowIfCancellationRequested();
        }));

        Assert.Equal(cancellation.Token, error.CancellationToken);
    }

    private static void ThrowIf(bool condition, Exception exception)
    {
        if (condition)
        {
            throw exception;
        }
    }
}

file static class TokenExtensions
{
    public static void ThrowIfCancellationRequestedUnless(this CancellationToken token, bool condition)
    {
        if (!condition)
        {
            token.ThrowIfCancellationRequested();
        }
    }
}
