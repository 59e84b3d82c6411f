namespace MaskGen.ML.Web.Tests.Engine;

public class PreviewSlotsTests
{
    [Fact]
    public async Task Enter_WhileOneIsComputed_LetsTheNewestInAndOvertakesTheOthers()
    {
        var slots = new PreviewSlots();
        Assert.True(await slots.EnterAsync("a", default));
        var second = slots.EnterAsync("a", default);
        var third = slots.EnterAsync("a", default);

        Assert.False(await second);
        Assert.False(third.IsCompleted);
        Assert.True(await slots.EnterAsync("b", default));
        slots.Leave("a");
        Assert.True(await third);
        slots.Leave("a");
        Assert.True(await slots.EnterAsync("a", default));
    }

    [Fact]
    public async Task Leave_AfterTheNextWasCancelled_FreesTheSlot()
    {
        var slots = new PreviewSlots();
        using var cancellation = new CancellationTokenSource();
        await slots.EnterAsync("a", default);
        var waiting = slots.EnterAsync("a", cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        slots.Leave("a");

        Assert.True(await slots.EnterAsync("a", default));
    }
}
