using MaskGen.ML.Inference;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Tests.Inference;

public class QuietEnvironmentTests
{
    [Fact]
    public async Task During_TwoThatOverlap_IsQuietUntilTheLastHasEnded()
    {
        OnnxRuntimeLibrary.Start();
        var (begun, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        Task<OrtLoggingLevel>? other = null;

        QuietEnvironment.During(() =>
        {
            other = Task.Run(() => QuietEnvironment.During(() =>
            {
                begun.SetResult();
                mayEnd.Task.Wait();
                return OrtEnv.Instance().EnvLogLevel;
            }));
            begun.Task.Wait();
            return true;
        });
        mayEnd.SetResult();

        Assert.Equal(OnnxSessionOptions.LogLevel, await other!);
    }
}
