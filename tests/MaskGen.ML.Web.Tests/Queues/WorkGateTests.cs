namespace MaskGen.ML.Web.Tests.Queues;

public class WorkGateTests
{
    [Fact]
    public async Task Enter_HighPriority_GoesBeforeLowThatCameEarlier()
    {
        var gate = new WorkGate(1);
        var inside = await gate.EnterAsync(isHigh: true, TestServer.Cancellation);
        var low = gate.EnterAsync(isHigh: false, TestServer.Cancellation).AsTask();
        var high = gate.EnterAsync(isHigh: true, TestServer.Cancellation).AsTask();
        Assert.Equal(2, gate.Waiting);

        inside.Dispose();

        var pass = await high;
        Assert.False(low.IsCompleted);
        pass.Dispose();
        (await low).Dispose();
        Assert.Equal(0, gate.Waiting);
    }

    [Fact]
    public async Task Enter_Cancelled_GivesItsPlaceUp()
    {
        var gate = new WorkGate(1);
        var inside = await gate.EnterAsync(isHigh: true, TestServer.Cancellation);
        using var cancellation = new CancellationTokenSource();
        var waiting = gate.EnterAsync(isHigh: true, cancellation.Token).AsTask();
        var next = gate.EnterAsync(isHigh: true, TestServer.Cancellation).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        inside.Dispose();
        (await next).Dispose();
        (await gate.EnterAsync(isHigh: false, TestServer.Cancellation)).Dispose();
    }
}
