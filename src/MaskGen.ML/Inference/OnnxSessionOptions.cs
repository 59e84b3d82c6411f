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
            foreach (var (name, value) in options.SessionSettings ?? new Dictionary<string, string>())
            {
                sessionOptions.AddSessionConfigEntry(name, value);
            }

            device = UseDevice(sessionOptions, options);
            options.ConfigureSession?.Invoke(sessionOptions);
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
        if (options.GpuDeviceId is { } device)
        {
            return Use(
                options,
                new Sam2Device { GpuDeviceId = device },
                $"CUDA device {device}",
                () => sessionOptions.AppendExecutionProvider_CUDA(device),
                CudaLibraries.Advice);
        }

        if (options.ExecutionProvider is { } provider)
        {
            var name = ExecutionProviders.NameOf(provider);
            return Use(
                options,
                new Sam2Device { ExecutionProvider = name },
                $"The execution provider {name}",
                () => ExecutionProviders.Append(sessionOptions, provider),
                () => ExecutionProviders.Advice(provider));
        }

        return Sam2Device.Cpu;
    }

    private static Sam2Device Use(Sam2SessionOptions options, Sam2Device device, string name, Action append, Func<string> advise)
    {
        try
        {
            Quietly(append);
            options.Log?.Invoke($"Running on {device}.");
            return device;
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            var problem = $"{name} was asked for, but ONNX Runtime cannot use it: {OnnxErrors.Sentence(e.Message)} {advise()}";
            if (!options.FallbackToCpu)
            {
                throw new InvalidOperationException(
                    $"{problem} Or compute on the CPU: ask for no device, or allow the fallback "
                    + $"({nameof(Sam2SessionOptions.FallbackToCpu)}, --fallback-to-cpu).",
                    e);
            }

            options.Warn?.Invoke($"{problem} Running on the CPU instead.");
            return new Sam2Device { FallbackReason = problem };
        }
    }

    private static void Quietly(Action append)
    {
        // What goes wrong here is printed by the environment, which belongs to the whole program, and not by a session.
        var environment = OrtEnv.Instance();
        var level = environment.EnvLogLevel;
        try
        {
            environment.EnvLogLevel = LogLevel;
            append();
        }
        finally
        {
            environment.EnvLogLevel = level;
        }
    }
}
