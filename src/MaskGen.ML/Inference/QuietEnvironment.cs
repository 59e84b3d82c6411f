using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Keeps ONNX Runtime's environment from printing what goes wrong while something is tried that may fail: it comes as an exception
/// as well.</summary>
/// <remarks>The environment belongs to the whole program, so its level is changed by the first of those that try at once, and given back by
/// the last. Safe for concurrent use.</remarks>
internal static class QuietEnvironment
{
    private static readonly object Gate = new();

    private static int _users;
    private static OrtLoggingLevel _levelBefore;

    public static T During<T>(Func<T> run)
    {
        Enter();
        try
        {
            return run();
        }
        finally
        {
            Leave();
        }
    }

    private static void Enter()
    {
        lock (Gate)
        {
            if (_users == 0)
            {
                var environment = OrtEnv.Instance();
                _levelBefore = environment.EnvLogLevel;
                environment.EnvLogLevel = OnnxSessionOptions.LogLevel;
            }

            _users++;
        }
    }

    private static void Leave()
    {
        lock (Gate)
        {
            _users--;
            if (_users == 0)
            {
                OrtEnv.Instance().EnvLogLevel = _levelBefore;
            }
        }
    }
}
