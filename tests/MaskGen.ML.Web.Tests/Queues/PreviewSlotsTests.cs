namespace MaskGen.ML.Web.Tests.Queues;

public class PreviewSlotsTests
{
    [Fact]
    public async Task Enter_WhileOneIsComputed_LetsTheNewestInAndOvertakesTheOthers()
    {
        var slots = new PreviewSlots();
        Assert.True(await slots.EnterAsync("a", TestServer.Cancellation));
        var second = slots.EnterAsync("a", TestServer.Cancellation);
        var third = slots.EnterAsync("a", TestServer.Cancellation);

        Assert.False(await second);
        Assert.False(third.IsCompleted);
        Assert.True(await slots.EnterAsync("b", TestServer.Cancellation));
        slots.Leave("a");
        Assert.True(await third);
        slots.Leave("a");
        Assert.True(await slots.EnterAsync("a", TestServer.Cancellation));
    }

    [Fact]
    public async Task Leave_AfterTheNextWasCancelled_FreesTheSlot()
    {
        var slots = new PreviewSlots();
        using var cancellation = new CancellationTokenSource();
        await slots.EnterAsync("a", TestServer.Cancellation);
        var waiting = slots.EnterAsync("a", cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        slots.Leave("a");

        Assert.True(await slots.EnterAsync("a", TestServer.Cancellation));
    }
}
