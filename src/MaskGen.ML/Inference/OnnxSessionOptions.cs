using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Turns our options into ONNX Runtime's, device included, for as long as a session is made.</summary>
internal static class OnnxSessionOptions
{
    /// <summary>What ONNX Runtime prints to standard error by itself. Every error reaches the caller as an exception with its
    /// text.</summary>
    public const OrtLoggingLevel LogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

    /// <summary>Whether the threads of a session stop asking for work, without a pause, as soon as it has none.</summary>
    private const string StopSpinning = "session.force_spinning_stop";

    /// <summary>Makes a session on the device that the options choose. Never on another: see <see cref="DeviceFallback"/>.</summary>
    /// <param name="options">Our options.</param>
    /// <param name="make">Makes the session by ONNX Runtime's options, which are gone afterwards.</param>
    /// <returns>The session, and the device that it runs on.</returns>
    /// <exception cref="ArgumentException">An option has a value that it may not have.</exception>
    /// <exception cref="UnusableDeviceException">The device cannot be used, or ONNX Runtime failed on it.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime's own library is missing or too old.</exception>
    public static (T Session, Sam2Device Device) Make<T>(Sam2SessionOptions options, Func<SessionOptions, T> make)
    {
        options.Validate();
        OnnxRuntimeLibrary.Start();
        using var sessionOptions = new SessionOptions();
        Configure(sessionOptions, options);
        if (ChosenDevice.Of(options) is not { } chosen)
        {
            options.ConfigureSession?.Invoke(sessionOptions);
            return (make(sessionOptions), options.CpuDevice);
        }

        chosen.AppendTo(sessionOptions);
        options.ConfigureSession?.Invoke(sessionOptions);
        var session = chosen.Make(() => make(sessionOptions));
        options.Log?.Invoke($"Running on {chosen.Device}.");
        return (session, chosen.Device);
    }

    /// <summary>The device that sessions of these options are made on.</summary>
    /// <exception cref="UnusableDeviceException">The program's ONNX Runtime does not have it.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime's own library is missing or too old.</exception>
    public static Sam2Device DeviceOf(Sam2SessionOptions options)
    {
        options.Validate();
        if (ChosenDevice.Of(options) is not { } chosen)
        {
            return options.CpuDevice;
        }

        OnnxRuntimeLibrary.Start();
        using var sessionOptions = new SessionOptions();
        chosen.AppendTo(sessionOptions);
        return chosen.Device;
    }

    /// <summary>ONNX Runtime's settings by their names: ours, and the caller's in place of them and besides.</summary>
    /// <remarks>By default ONNX Runtime's threads go on spinning when an image is encoded, on the processors that decode its prompts
    /// meanwhile. Within an encoding they spin as ever.</remarks>
    public static Dictionary<string, string> Settings(Sam2SessionOptions options)
    {
        var settings = new Dictionary<string, string> { [StopSpinning] = "1" };
        foreach (var (name, value) in options.SessionSettings ?? new Dictionary<string, string>())
        {
            settings[name] = value;
        }

        return settings;
    }

    private static void Configure(SessionOptions sessionOptions, Sam2SessionOptions options)
    {
        if ((options.ThreadCount ?? ProcessorCores.Number) is { } threads)
        {
            sessionOptions.IntraOpNumThreads = threads;
        }

        // A second plan of the whole working set, beside what the arena already holds: measured, it costs 450 MB and no time is won.
        sessionOptions.EnableMemoryPattern = false;
        sessionOptions.LogSeverityLevel = LogLevel;
        foreach (var (name, value) in Settings(options))
        {
            try
            {
                sessionOptions.AddSessionConfigEntry(name, value);
            }
            catch (OnnxRuntimeException e)
            {
                throw new ArgumentException(
                    $"Expected a setting that ONNX Runtime takes, found '{Checkpoints.CheckpointText.Shorten(name)}', of which it says: "
                    + OnnxErrors.Sentence(e.Message),
                    nameof(Sam2SessionOptions.SessionSettings),
                    e);
            }
        }
    }
}
