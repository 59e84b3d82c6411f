using MaskGen.ML.Inference;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML;

/// <summary>How a model is run: device and threads.</summary>
/// <remarks>
/// Whatever the options, ONNX Runtime's own telemetry, which it sends unless told otherwise, is off in a process whose first ONNX Runtime
/// session is one of these: before it, <c>ORT_DISABLE_TELEMETRY=1</c> is set for native code. A value that the environment, or the
/// program through <see cref="Environment.SetEnvironmentVariable(string, string)"/>, has given that variable is kept: <c>0</c> leaves
/// telemetry on.
/// <para>ONNX Runtime prints nothing but fatal errors; all others are thrown as exceptions with its text.</para>
/// </remarks>
public sealed record Sam2SessionOptions
{
    /// <summary>CUDA device to run on, or null for the CPU.</summary>
    /// <remarks>Needs the package Microsoft.ML.OnnxRuntime.Gpu (1.31.0, with CUDA 13 and cuDNN 9) in the program, instead of
    /// Microsoft.ML.OnnxRuntime.</remarks>
    public int? GpuDeviceId { get; init; }

    /// <summary>Another of ONNX Runtime's execution providers to run on, or null for CPU or CUDA.</summary>
    /// <remarks>Needs a package or build of ONNX Runtime that has it, in the place of Microsoft.ML.OnnxRuntime. What a provider does not
    /// compute, ONNX Runtime computes on the CPU.</remarks>
    public Sam2ExecutionProvider? ExecutionProvider { get; init; }

    /// <summary>ONNX Runtime's own settings of a session by their names, such as <c>session.intra_op.allow_spinning</c>; null for
    /// none.</summary>
    public IReadOnlyDictionary<string, string>? SessionSettings { get; init; }

    /// <summary>Changes ONNX Runtime's options of a session in any other way: called once for each session, last, on the thread that makes
    /// it. A device that it adds is used for the image encoder; <see cref="Sam2ImageEncoder.Device"/> does not know of it, and prompts
    /// are decoded where the other options say. Null for nothing.</summary>
    public Action<SessionOptions>? ConfigureSession { get; init; }

    /// <summary>Whether to run on the CPU, instead of failing, when the GPU or the execution provider cannot be used.
    /// <see cref="Sam2ImageEncoder.Device"/>,
    /// <see cref="Sam2PromptDecoder.Device"/> and <see cref="AutomaticMaskGenerator.Device"/> say which device computes, and why;
    /// a stage logs it as a warning of its <c>MLContext</c>.</summary>
    public bool FallbackToCpu { get; init; }

    /// <summary>The most threads that may be asked for; more than any machine has use for would only take its memory.</summary>
    internal const int MaximumThreads = 1024;

    /// <summary>Threads of one run, 1 to 1024, or null for one per core.</summary>
    public int? ThreadCount { get; init; }

    /// <summary>Whether to compute on the CPU in the way of other devices: prompts by <see cref="OnnxMaskDecoder"/>, embeddings left where
    /// they are computed. It is for tests, where there is no other device.</summary>
    internal bool ComputesAsElsewhere { get; init; }

    /// <summary>Whether a device other than the CPU is asked for.</summary>
    internal bool MayComputeElsewhere => GpuDeviceId is not null || ExecutionProvider is not null;

    /// <summary>Receives what a log should tell: the device chosen. May be called from any thread.</summary>
    internal Action<string>? Log { get; init; }

    /// <summary>Receives what a user should notice: a fallback. May be called from any thread.</summary>
    internal Action<string>? Warn { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the message names it.</exception>
    /// <exception cref="ArgumentException">There is an execution provider without a name, or beside a CUDA device.</exception>
    public void Validate()
    {
        if (GpuDeviceId < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(GpuDeviceId), GpuDeviceId, "Expected a device number of 0 or more, or null for the CPU.");
        }

        if (ThreadCount is < 1 or > MaximumThreads)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ThreadCount), ThreadCount, $"Expected 1 to {MaximumThreads} threads, or none for one per core.");
        }

        ExecutionProvider?.Validate();
        if (ExecutionProvider is not null && GpuDeviceId is not null)
        {
            throw new ArgumentException(
                $"Expected a CUDA device or an execution provider, found both ({GpuDeviceId}, {ExecutionProvider.Name}).",
                nameof(ExecutionProvider));
        }
    }
}
