using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Turns our options into ONNX Runtime's, device included.</summary>
internal static class OnnxSessionOptions
{
    /// <exception cref="InvalidOperationException">A GPU was asked for, cannot be used, and falling back to the CPU was not allowed; or ONNX
    /// Runtime's own library is missing.</exception>
    public static SessionOptions Create(Sam2SessionOptions options)
    {
        options.Validate();
        var sessionOptions = Begin();
        try
        {
            if (options.ThreadCount is { } threads)
            {
                sessionOptions.IntraOpNumThreads = threads;
            }

            // A second plan of the whole working set, beside what the arena already holds: measured, it costs 450 MB and no time is won.
            sessionOptions.EnableMemoryPattern = false;
            // Only what must be heard: a warning of the runtime about an initializer says nothing to a user.
            sessionOptions.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
            if (options.GpuDeviceId is { } device)
            {
                UseGpu(sessionOptions, device, options);
            }

            return sessionOptions;
        }
        catch
        {
            sessionOptions.Dispose();
            throw;
        }
    }

    /// <summary>Whether sessions of these options run on a GPU: one was asked for, and it can be used.</summary>
    /// <exception cref="InvalidOperationException">A GPU was asked for, cannot be used, and falling back to the CPU was not allowed; or ONNX
    /// Runtime's own library is missing.</exception>
    public static bool RunsOnGpu(Sam2SessionOptions options)
    {
        options.Validate();
        using var sessionOptions = Begin();
        return options.GpuDeviceId is { } device && UseGpu(sessionOptions, device, options);
    }

    /// <summary>What to do where ONNX Runtime's own library is not there; null for any other error.</summary>
    /// <remarks>The library references the managed half alone, so that a program chooses between CPU and GPU.</remarks>
    public static InvalidOperationException? ExplainMissingRuntime(Exception e) =>
        e is DllNotFoundException || e.InnerException is DllNotFoundException
            ? new InvalidOperationException(
                "ONNX Runtime's native library was not found. Add a reference to the package Microsoft.ML.OnnxRuntime to the program, "
                + "or to Microsoft.ML.OnnxRuntime.Gpu to run on a GPU.",
                e)
            : null;

    private static SessionOptions Begin()
    {
        try
        {
            return new SessionOptions();
        }
        catch (Exception e) when (ExplainMissingRuntime(e) is { } explained)
        {
            throw explained;
        }
    }

    private static bool UseGpu(SessionOptions sessionOptions, int device, Sam2SessionOptions options)
    {
        try
        {
            sessionOptions.AppendExecutionProvider_CUDA(device);
            options.Log?.Invoke($"Running on CUDA device {device}.");
            return true;
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            var problem = $"CUDA device {device} was asked for, but ONNX Runtime cannot use it: {e.Message.Trim()}";
            if (!options.FallbackToCpu)
            {
                throw new InvalidOperationException(
                    $"{problem} Build the program with -p:OnnxRuntimeFlavor=Gpu on a machine with CUDA, choose no GPU device, or allow the fallback to the CPU.", e);
            }

            options.Warn?.Invoke($"{problem} Running on the CPU instead.");
            return false;
        }
    }
}
