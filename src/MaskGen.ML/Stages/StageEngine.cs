using System.Diagnostics;
using MaskGen.ML.DataView;
using MaskGen.ML.Inference;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>What runs the model of a stage: made when a cursor first needs it, shared by all of them.</summary>
/// <param name="host">Host of the stage.</param>
/// <param name="state">The transformer that it belongs to.</param>
/// <param name="model">Its model.</param>
/// <param name="session">What the stage's options say of device and threads; null leaves it to the context.</param>
/// <param name="create">Makes the runner from the open model, of which it copies what it needs.</param>
/// <remarks>Safe for concurrent use. A failure to make it is not remembered, so that it can be tried again.</remarks>
internal sealed class StageEngine<TRunner>(
    IHost host,
    TransformerState state,
    StageModel model,
    Sam2SessionOptions? session,
    Func<OpenedSam2Model, Sam2SessionOptions, TRunner> create) : IDisposable
    where TRunner : class, IDisposable
{
    private readonly object _gate = new();
    private Sam2SessionOptions _session = StageEnvironment.Session(host, session);
    private TRunner? _runner;

    /// <summary>How often it was made: never more than once unless that failed.</summary>
    public int CreatedCount { get; private set; }

    /// <summary>See <see cref="ISessionStage.UseSession"/>.</summary>
    public void UseSession(Sam2SessionOptions session)
    {
        lock (_gate)
        {
            state.ThrowIfDisposed();
            if (_runner is not null)
            {
                throw new InvalidOperationException(
                    $"The model {model.Name} is loaded already and runs where it was loaded to. Say where a stage runs before its "
                    + "first row is read.");
            }

            _session = StageEnvironment.Session(host, session);
        }
    }

    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    /// <exception cref="OperationCanceledException">The context was cancelled.</exception>
    public TRunner Get()
    {
        lock (_gate)
        {
            // Within the gate: disposing marks the state first and then waits here, so nothing is made that nobody would free.
            state.ThrowIfDisposed();
            if (_runner is null)
            {
                _runner = Load();
                CreatedCount++;
            }

            return _runner;
        }
    }

    /// <summary>Frees the runner. The transformer must be marked as disposed before.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _runner?.Dispose();
            _runner = null;
        }
    }

    // Logs what it loads, and the time it takes.
    private TRunner Load()
    {
        StageStep.ThrowIfCanceled(host);
        using var channel = host.Start(StageEnvironment.LoadingChannel);
        var started = Stopwatch.GetTimestamp();
        using var opened = model.Open();

        // Encoder and decoder say the same of the device; once is enough.
        var said = new HashSet<string>();
        var device = ChosenDevice.Of(_session)?.Device.ToString() ?? "the CPU";
        var logging = _session with
        {
            Log = message => Say(message, channel.Info),
            Warn = message =>
            {
                device = "the CPU"; // the one thing that is warned of
                Say(message, channel.Warning);
            },
        };
        var runner = create(opened, logging);
        channel.Info(
            MessageSensitivity.None,
            "Loaded {0} from {1} in {2:0} ms, on {3}.",
            model.Name,
            opened.Weights.Source,
            Stopwatch.GetElapsedTime(started).TotalMilliseconds,
            device);
        return runner;

        void Say(string message, Action<MessageSensitivity, string, object[]> send)
        {
            if (said.Add(message))
            {
                send(MessageSensitivity.None, "{0}", [message]);
            }
        }
    }
}
