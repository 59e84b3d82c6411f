using MaskGen.ML.DataView;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>What runs the model of a stage, together with the weights that it reads from: made when a cursor first needs it, shared by all
/// of them.</summary>
/// <remarks>Safe for concurrent use. A failure to make it is not remembered, so that it can be tried again.</remarks>
internal sealed class StageEngine<TRunner> : IDisposable
    where TRunner : class, IDisposable
{
    private readonly object _gate = new();
    private readonly TransformerState _state;
    private readonly Func<(OpenedSam2Model Model, TRunner Runner)> _load;
    private (OpenedSam2Model Model, TRunner Runner)? _loaded;

    /// <param name="host">Host of the stage.</param>
    /// <param name="state">The transformer that it belongs to.</param>
    /// <param name="model">Its model.</param>
    /// <param name="session">What the stage's options say of device and threads; null leaves it to the context.</param>
    /// <param name="create">Makes the runner from the open model, which is kept open as long as the runner lives.</param>
    public StageEngine(
        IHost host,
        TransformerState state,
        StageModel model,
        Sam2SessionOptions? session,
        Func<OpenedSam2Model, Sam2SessionOptions, TRunner> create)
    {
        _state = state;
        var resolved = StageSession.Resolve(host, session);
        _load = () => StageSession.Load(host, model, resolved, create);
    }

    /// <summary>How often it was made: never more than once unless that failed.</summary>
    public int CreatedCount { get; private set; }

    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public TRunner Get()
    {
        lock (_gate)
        {
            // Within the gate: disposing marks the state first and then waits here, so nothing is made that nobody would free.
            _state.ThrowIfDisposed();
            if (_loaded is null)
            {
                _loaded = _load();
                CreatedCount++;
            }

            return _loaded.Value.Runner;
        }
    }

    /// <summary>Frees runner and weights. The transformer must be marked as disposed before.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _loaded?.Runner.Dispose();
            _loaded?.Model.Dispose();
            _loaded = null;
        }
    }
}
