using System.Runtime.InteropServices;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Ends a run when the process is told to: Ctrl-C, SIGTERM, SIGHUP (on Windows also Ctrl-Break and a closed window).</summary>
/// <remarks>The first signal cancels the run, and ends the process soon afterwards if the run does not end by itself, whatever it is
/// blocked in; the second ends the process at once. A signal that the process was started to ignore (SIGHUP by <c>nohup</c>) stays
/// ignored.</remarks>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long a run has to end by itself. Two seconds are promised; the rest is for ending the process.</summary>
    public static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(1.25);

    // Shells report a process that a signal has ended with 128 and the signal's number.
    private static readonly (PosixSignal Signal, int ExitCode)[] Signals =
    [
        (PosixSignal.SIGHUP, 129), (PosixSignal.SIGINT, 130), (PosixSignal.SIGQUIT, 131), (PosixSignal.SIGTERM, 143),
    ];

    private readonly CancellationTokenSource _cancellation = new();
    private readonly ManualResetEventSlim _disposed = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TimeSpan _timeToEnd;
    private readonly Action<int> _endProcess;
    private volatile bool _isLeftToAnother;
    private int _exitCode;

    /// <summary>Listens to nothing yet.</summary>
    /// <param name="timeToEnd">How long the run has to end after the first signal.</param>
    /// <param name="endProcess">Ends the process with an exit code, whatever its threads are doing.</param>
    public Interruption(TimeSpan timeToEnd, Action<int> endProcess)
    {
        _timeToEnd = timeToEnd;
        _endProcess = endProcess;
    }

    /// <summary>Listens to signals until the process ends.</summary>
    public void Listen()
    {
        // SIGHUP is answered on a thread of the pool, all of which may be computing.
        ThreadPool.GetMinThreads(out var workers, out var completionPorts);
        ThreadPool.SetMinThreads(workers + 2, completionPorts);
        foreach (var (signal, exitCode) in Signals)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Interrupt(exitCode);
            }));
        }
    }

    /// <summary>Leaves signals to another process that gets them too, and which this one waits for.</summary>
    public void LeaveToAnother() => _isLeftToAnother = true;

    /// <summary>Runs something on a thread of its own, so that nothing it blocks in can keep the process from ending.</summary>
    /// <param name="run">Gets the token that the first signal cancels, and returns an exit code.</param>
    /// <returns>The exit code of the signal, or else that of the run.</returns>
    public int Run(Func<CancellationToken, Task<int>> run)
    {
        var exitCode = 0;
        var thread = new Thread(() => exitCode = run(_cancellation.Token).GetAwaiter().GetResult()) { IsBackground = true };
        thread.Start();
        thread.Join();

        // Whoever sends a signal wants no more to happen after this: not the next command of a list either.
        return Volatile.Read(ref _exitCode) is var signalled and not 0 ? signalled : exitCode;
    }

    /// <summary>What a signal does. Returns once the process may end, which on Windows it does then.</summary>
    /// <param name="exitCode">The exit code of the signal.</param>
    public void Interrupt(int exitCode)
    {
        if (_isLeftToAnother)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0)
        {
            _endProcess(exitCode);
            return;
        }

        try
        {
            // Who listens to the token is called here, and may block like anything else.
            new Thread(Cancel) { IsBackground = true }.Start();
        }
        catch (OutOfMemoryException)
        {
            _endProcess(exitCode);
        }

        if (!_disposed.Wait(_timeToEnd))
        {
            _endProcess(exitCode);
        }
    }

    public void Dispose()
    {
        // The registrations stay: while the process ends, a signal must still not give it another exit code.
        _disposed.Set();
    }

    private void Cancel()
    {
        try
        {
            _cancellation.Cancel();
        }
        catch (AggregateException)
        {
            // The work will say what is wrong, or be ended.
        }
    }
}
