using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>What the stages take from the <see cref="MLContext"/> that they are made with.</summary>
internal static class StageEnvironment
{
    /// <summary>Name of the channel on which a stage says what it has loaded, and where it computes.</summary>
    public const string LoadingChannel = "Loading";

    /// <summary>The context that a catalog belongs to.</summary>
    public static IHostEnvironment Of(TransformsCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

    /// <summary>Ends what is being computed in a context, and whatever is asked of it later; ML.NET keeps the call to itself.</summary>
    public static void Cancel(MLContext context) => context.CancelExecution();

    /// <summary>Where a stage runs: as its own options say, and on the context's GPU device where they name none.</summary>
    /// <param name="host">Host of the stage.</param>
    /// <param name="requested">What the stage's options say, or null.</param>
    public static Sam2SessionOptions Session(IHost host, Sam2SessionOptions? requested)
    {
        var session = requested ?? new Sam2SessionOptions();
        return session is { GpuDeviceId: null, ExecutionProvider: null }
            && host is IHostEnvironmentInternal { GpuDeviceId: { } device } environment
            ? session with { GpuDeviceId = device, FallbackToCpu = session.FallbackToCpu || environment.FallbackToCpu }
            : session;
    }
}
