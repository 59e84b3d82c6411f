using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>A device other than the CPU that was asked for.</summary>
/// <param name="device">What it is called.</param>
/// <param name="subject">The same, as the subject of a sentence.</param>
/// <param name="append">Adds it to ONNX Runtime's options.</param>
/// <param name="advise">What to do where it cannot be used, as sentences.</param>
internal sealed class ChosenDevice(Sam2Device device, string subject, Action<SessionOptions> append, Func<string> advise)
{
    public Sam2Device Device => device;

    /// <summary>The device of the options; null for the CPU.</summary>
    public static ChosenDevice? Of(Sam2SessionOptions options)
    {
        if (options.GpuDeviceId is { } gpu)
        {
            return new ChosenDevice(
                new Sam2Device { GpuDeviceId = gpu },
                $"CUDA device {gpu}",
                sessionOptions => sessionOptions.AppendExecutionProvider_CUDA(gpu),
                CudaLibraries.Advice);
        }

        if (options.ExecutionProvider is not { } provider || ExecutionProviders.IsCpu(provider))
        {
            return null;
        }

        var name = ExecutionProviders.NameOf(provider);
        return new ChosenDevice(
            new Sam2Device { ExecutionProvider = name },
            $"The execution provider {name}",
            sessionOptions => ExecutionProviders.Append(sessionOptions, provider),
            () => ExecutionProviders.Advice(provider));
    }

    /// <summary>Adds it to ONNX Runtime's options. That finds out whether the program's ONNX Runtime has it, and not yet whether there is
    /// such a device.</summary>
    /// <exception cref="UnusableDeviceException">ONNX Runtime cannot use it.</exception>
    public void AppendTo(SessionOptions sessionOptions) => Use(
        () =>
        {
            append(sessionOptions);
            return true;
        },
        isOfSession: false);

    /// <summary>Makes a session on it.</summary>
    /// <exception cref="UnusableDeviceException">ONNX Runtime failed.</exception>
    public T Make<T>(Func<T> make) => Use(make, isOfSession: true);

    private T Use<T>(Func<T> use, bool isOfSession)
    {
        try
        {
            return QuietEnvironment.During(use);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException
            or (InvalidOperationException and not ObjectDisposedException))
        {
            throw new UnusableDeviceException(
                $"{subject} was asked for, but ONNX Runtime cannot use it: {OnnxErrors.Sentence(e.Message)} {advise()}", isOfSession, e);
        }
    }
}
