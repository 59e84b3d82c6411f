using Microsoft.ML;

namespace MaskGen.ML.Stages;

/// <summary>Finds the stages that run a model.</summary>
internal static class SessionStages
{
    /// <summary>The transformer itself, or those in the chain that it is, chains within it included.</summary>
    public static IEnumerable<ISessionStage> Of(ITransformer model) => model switch
    {
        ISessionStage stage => [stage],
        IEnumerable<ITransformer> chain => chain.SelectMany(Of),
        _ => [],
    };
}
