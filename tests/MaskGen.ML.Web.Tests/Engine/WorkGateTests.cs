namespace MaskGen.ML.Web.Tests.Engine;

public class WorkGateTests
{
    [Fact]
    public async Task Enter_HighPriority_GoesBeforeLowThatCameEarlier()
    {
        var gate = new WorkGate(1);
        var inside = await gate.EnterAsync(isHigh: true, default);
        var low = gate.EnterAsync(isHigh: false, default).AsTask();
        var high = gate.EnterAsync(isHigh: true, default).AsTask();
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
        var inside = await gate.EnterAsync(isHigh: true, default);
        using var cancellation = new CancellationTokenSource();
        var waiting = gate.EnterAsync(isHigh: true, cancellation.Token).AsTask();
        var next = gate.EnterAsync(isHigh: true, default).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        inside.Dispose();
        (await next).Dispose();
        (await gate.EnterAsync(isHigh: false, default)).Dispose();
    }
}
