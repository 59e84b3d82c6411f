using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Tests.Cli;

public class InterruptionTests
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public void Run_NoSignal_ReturnsTheCodeOfTheRun()
    {
        using var interruption = new Interruption(Never, _ => { });

        Assert.Equal(7, interruption.Run(_ => Task.FromResult(7)));
    }

    [Fact]
    public void Interrupt_WorkThatHearsTheToken_EndsByItselfWithTheCodeOfTheSignal()
    {
        var ended = new List<int>();
        using var interruption = new Interruption(Never, ended.Add);

        var exitCode = interruption.Run(token =>
        {
            Signal(interruption, 143);
            token.WaitHandle.WaitOne();
            return Task.FromResult(0);
        });

        Assert.Equal(143, exitCode);
        Assert.Empty(ended);
    }

    [Fact]
    public void Interrupt_WorkThatIsBlocked_EndsTheProcess()
    {
        using var blocked = new ManualResetEventSlim();
        var ended = new List<int>();
        using var interruption = new Interruption(TimeSpan.Zero, code =>
        {
            ended.Add(code);
            blocked.Set();
        });

        interruption.Run(_ =>
        {
            Signal(interruption, 130);
            blocked.Wait(Deadline, TestContext.Current.CancellationToken);
            return Task.FromResult(0);
        });

        Assert.Equal([130], ended);
    }

    [Fact]
    public void Interrupt_Again_EndsTheProcessAtOnceWithTheCodeOfTheSecond()
    {
        var ended = new List<int>();
        using var interruption = new Interruption(Never, ended.Add);

        interruption.Run(token =>
        {
            Signal(interruption, 130);
            token.WaitHandle.WaitOne();
            interruption.Interrupt(143);
            return Task.FromResult(0);
        });

        Assert.Equal([143], ended);
    }

    [Fact]
    public void Interrupt_ListenerThatBlocks_EndsTheProcessAllTheSame()
    {
        // Not disposed: the listener may still be looking at it.
        var blocked = new ManualResetEventSlim();
        using var interruption = new Interruption(TimeSpan.Zero, _ => blocked.Set());

        interruption.Run(token =>
        {
            token.Register(() => blocked.Wait(Deadline));
            Signal(interruption, 129);
            blocked.Wait(Deadline, TestContext.Current.CancellationToken);
            return Task.FromResult(0);
        });

        Assert.True(blocked.IsSet);
    }

    // Signals come on threads of their own.
    private static void Signal(Interruption interruption, int exitCode) =>
        new Thread(() => interruption.Interrupt(exitCode)) { IsBackground = true }.Start();
}
