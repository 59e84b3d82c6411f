namespace MaskGen.ML.Cli.Display;

/// <summary>Says what is being done once it has taken a second, unless it is disposed before.</summary>
internal sealed class SlowNotice : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly Timer _timer;

    public SlowNotice(Terminal terminal, string what) =>
        _timer = new Timer(_ => terminal.Say($"{what} ..."), null, Patience, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();
}
