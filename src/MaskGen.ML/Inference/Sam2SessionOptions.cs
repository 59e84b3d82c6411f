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
    /// <remarks><c>session.force_spinning_stop</c> is 1 unless it is given here, where ONNX Runtime has 0: the decoder needs the processors
    /// as soon as an image is encoded.</remarks>
    public IReadOnlyDictionary<string, string>? SessionSettings { get; init; }

    /// <summary>Changes ONNX Runtime's options of a session in any other way. Null for nothing.</summary>
    /// <remarks>
    /// <para>Called once for each session that is made, last, on the thread that makes it; of what is loaded together, never twice at the
    /// same time. A checkpoint on the CPU has one session, for the image encoder: its prompts are decoded without ONNX Runtime, and nothing
    /// changes for them. On another device, and for models in ONNX, the decoder has sessions too, one or two.</para>
    /// <para>A device that it adds is used by the sessions that it is called for; <see cref="Sam2ImageEncoder.Device"/> and
    /// <see cref="Sam2PromptDecoder.Device"/> do not know of it.</para>
    /// </remarks>
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

    /// <summary>Receives what a log should tell: the device chosen. May be called from any thread.</summary>
    internal Action<string>? Log { get; init; }

    /// <summary>Receives what a user should notice: a fallback. May be called from any thread.</summary>
    internal Action<string>? Warn { get; init; }

    /// <summary>Why the CPU computes although another device was asked for; null where that is what was asked for.</summary>
    internal string? FallbackReason { get; private init; }

    /// <summary>Whether somebody who loads more by these options decides what happens where the device cannot be used.</summary>
    internal bool IsDeviceSettled { get; init; }

    /// <summary>Whether no other device than the CPU is asked for.</summary>
    internal bool IsOnCpu => GpuDeviceId is null && (ExecutionProvider is null || ExecutionProviders.IsCpu(ExecutionProvider));

    /// <summary>The CPU, as the device of what is loaded by options that ask for no other.</summary>
    internal Sam2Device CpuDevice => new() { FallbackReason = FallbackReason };

    /// <summary>The same on the CPU.</summary>
    /// <param name="fallbackReason">Why not on the device that was asked for, as sentences; null where that does not matter.</param>
    internal Sam2SessionOptions OnCpu(string? fallbackReason) => this with
    {
        GpuDeviceId = null, ExecutionProvider = null, FallbackReason = fallbackReason, IsDeviceSettled = true,
    };

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the message names it.</exception>
    /// <exception cref="ArgumentException">There is an execution provider without a name, or beside a CUDA device; or a session setting
    /// without a name or a value.</exception>
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

        foreach (var (name, value) in SessionSettings ?? new Dictionary<string, string>())
        {
            if (string.IsNullOrWhiteSpace(name) || value is null)
            {
                throw new ArgumentException(
                    "Expected session settings that have a name and a value each, found "
                    + (value is null ? $"'{name}' without a value." : "one without a name."),
                    nameof(SessionSettings));
            }
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
