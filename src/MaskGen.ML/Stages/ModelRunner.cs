namespace MaskGen.ML.Stages;

/// <summary>Something that runs a model, together with the weights that it reads from.</summary>
/// <param name="weights">Open weights; disposed last.</param>
/// <param name="runner">What runs them.</param>
internal sealed class ModelRunner<TRunner>(IDisposable weights, TRunner runner) : IDisposable
    where TRunner : IDisposable
{
    public TRunner Runner => runner;

    public void Dispose()
    {
        runner.Dispose();
        weights.Dispose();
    }
}
