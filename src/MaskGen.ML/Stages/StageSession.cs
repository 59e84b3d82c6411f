using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>Where a stage runs: the switches of the <see cref="MLContext"/>, and loading the model there.</summary>
internal static class StageSession
{
    /// <summary>The context that a catalog belongs to.</summary>
    public static IHostEnvironment EnvironmentOf(TransformsCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

    /// <summary>Session options of a stage: its own where it has some, otherwise the context's GPU device and fallback.</summary>
    /// <param name="host">Host of the stage.</param>
    /// <param name="requested">What the stage's options say, or null.</param>
    public static Sam2SessionOptions Resolve(IHost host, Sam2SessionOptions? requested)
    {
        if (requested is not null)
        {
            return requested;
        }

        return host is IHostEnvironmentInternal { GpuDeviceId: { } device } environment
            ? new Sam2SessionOptions { GpuDeviceId = device, FallbackToCpu = environment.FallbackToCpu }
            : new Sam2SessionOptions();
    }

    /// <summary>Opens the model of a stage and makes what runs it, and logs both with the time it took; the caller disposes both, the
    /// runner first.</summary>
    /// <exception cref="OperationCanceledException">The context was cancelled.</exception>
    public static (OpenedSam2Model Model, TRunner Runner) Load<TRunner>(
        IHost host, StageModel model, Sam2SessionOptions options, Func<OpenedSam2Model, Sam2SessionOptions, TRunner> create)
        where TRunner : IDisposable
    {
        StageStep.ThrowIfCanceled(host);
        using var channel = host.Start("Loading");
        var started = Stopwatch.GetTimestamp();
        var opened = model.Open();
        try
        {
            // Encoder and decoder say the same of the device; once is enough.
            var said = new HashSet<string>();
            var device = options.GpuDeviceId is { } gpu ? $"CUDA device {gpu}" : "the CPU";
            var logging = options with
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

            // The runner has what it needs in memory of its own: what happens to the file from now on is not its concern.
            opened.Dispose();
            return (opened, runner);

            void Say(string message, Action<MessageSensitivity, string, object[]> send)
            {
                if (said.Add(message))
                {
                    send(MessageSensitivity.None, "{0}", [message]);
                }
            }
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }
}
