using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>A token that is cancelled soon after the <c>MLContext</c> is: ML.NET only lets itself be asked.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ContextCancellation : IDisposable
{
    // Heard well within a second, and asked too seldom to cost anything.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _source = new();
    private readonly object _gate = new();
    private readonly Timer? _timer;
    private bool _isDisposed;

    /// <param name="host">Host of the stage, which ML.NET cancels together with its context.</param>
    public ContextCancellation(IHost host)
    {
        if (host is ICancelable)
        {
            Ask(host);
            _timer = new Timer(_ => Ask(host), null, Interval, Interval);
        }
    }

    public CancellationToken Token => _source.Token;

    public static bool IsCanceled(IHost host) => host is ICancelable { IsCanceled: true };

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate)
        {
            // The timer may be in the middle of a call.
            _isDisposed = true;
            _source.Dispose();
        }
    }

    private void Ask(IHost host)
    {
        if (!IsCanceled(host))
        {
            return;
        }

        lock (_gate)
        {
            if (!_isDisposed)
            {
                _source.Cancel();
            }
        }
    }
}
