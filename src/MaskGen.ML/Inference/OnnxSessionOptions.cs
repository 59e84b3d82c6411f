using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Turns our options into ONNX Runtime's, device included.</summary>
internal static class OnnxSessionOptions
{
    /// <summary>What ONNX Runtime prints to standard error by itself. Every error reaches the caller as an exception with its
    /// text.</summary>
    public const OrtLoggingLevel LogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

    /// <exception cref="InvalidOperationException">A GPU was asked for, cannot be used, and falling back to the CPU was not allowed; or
    /// ONNX Runtime's own library is missing or too old.</exception>
    /// <param name="options">Our options.</param>
    /// <param name="device">Receives the device that sessions of the result run on.</param>
    public static SessionOptions Create(Sam2SessionOptions options, out Sam2Device device)
    {
        options.Validate();
        OnnxRuntimeLibrary.Start();
        var sessionOptions = new SessionOptions();
        try
        {
            if ((options.ThreadCount ?? ProcessorCores.Number) is { } threads)
            {
                sessionOptions.IntraOpNumThreads = threads;
            }

            // A second plan of the whole working set, beside what the arena already holds: measured, it costs 450 MB and no time is won.
            sessionOptions.EnableMemoryPattern = false;
            sessionOptions.LogSeverityLevel = LogLevel;
            device = UseDevice(sessionOptions, options);
            return sessionOptions;
        }
        catch
        {
            sessionOptions.Dispose();
            throw;
        }
    }

    /// <summary>The device that sessions of these options run on.</summary>
    /// <exception cref="InvalidOperationException">A GPU was asked for, cannot be used, and falling back to the CPU was not allowed; or
    /// ONNX Runtime's own library is missing or too old.</exception>
    public static Sam2Device DeviceOf(Sam2SessionOptions options)
    {
        options.Validate();
        OnnxRuntimeLibrary.Start();
        using var sessionOptions = new SessionOptions();
        return UseDevice(sessionOptions, options);
    }

    private static Sam2Device UseDevice(SessionOptions sessionOptions, Sam2SessionOptions options)
    {
        if (options.GpuDeviceId is not { } device)
        {
            return Sam2Device.Cpu;
        }

        try
        {
            AddCuda(sessionOptions, device);
            options.Log?.Invoke($"Running on CUDA device {device}.");
            return new Sam2Device { GpuDeviceId = device };
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            var problem = $"CUDA device {device} was asked for, but ONNX Runtime cannot use it: {OnnxErrors.Sentence(e.Message)}";
            if (!options.FallbackToCpu)
            {
                throw new InvalidOperationException(
                    $"{problem} In the program, reference the package Microsoft.ML.OnnxRuntime.Gpu (1.31.0, which needs CUDA 13 and cuDNN "
                    + "9) instead of Microsoft.ML.OnnxRuntime; or choose no GPU device; or allow the fallback to the CPU.",
                    e);
            }

            options.Warn?.Invoke($"{problem} Running on the CPU instead.");
            return new Sam2Device { FallbackReason = problem };
        }
    }

    private static void AddCuda(SessionOptions sessionOptions, int device)
    {
        // What goes wrong here is printed by the environment, which belongs to the whole program, and not by a session.
        var environment = OrtEnv.Instance();
        var level = environment.EnvLogLevel;
        try
        {
            environment.EnvLogLevel = LogLevel;
            sessionOptions.AppendExecutionProvider_CUDA(device);
        }
        finally
        {
            environment.EnvLogLevel = level;
        }
    }
}
