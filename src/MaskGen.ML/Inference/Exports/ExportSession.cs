using System.Buffers;
using MaskGen.ML.Models;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>An ONNX Runtime session over a file that others have written.</summary>
/// <remarks>Safe for concurrent runs; disposing waits for those in flight. The file is not needed once the session is built.</remarks>
internal sealed class ExportSession : IDisposable
{
    private readonly CallGate _gate = new();
    private readonly object _owner;
    private readonly string _source;
    private readonly InferenceSession _session;

    /// <param name="file">What to run.</param>
    /// <param name="options">Device and threads.</param>
    /// <param name="owner">What a user knows this session as, for the exception once it is disposed.</param>
    /// <exception cref="CheckpointFormatException">ONNX Runtime cannot load the file.</exception>
    /// <exception cref="InvalidOperationException">Memory does not suffice, or a GPU was asked for that cannot be used.</exception>
    public ExportSession(OnnxFile file, Sam2SessionOptions options, object owner)
    {
        _owner = owner;
        _source = file.Source;
        try
        {
            (_session, Device) = OnnxSessionOptions.Make(options, sessionOptions => Create(file, sessionOptions));
        }
        catch (OnnxRuntimeException e)
        {
            throw Unloadable(file, e);
        }
        catch (UnusableDeviceException e) when (e.IsOfSession)
        {
            // A file that the CPU cannot load either is what is wrong, and not the device.
            ThrowUnlessLoadable(file, options.OnCpu(fallbackReason: null));
            throw;
        }
    }

    /// <summary>The device that it runs on.</summary>
    public Sam2Device Device { get; }

    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">Values of all inputs by name; disposed here.</param>
    /// <param name="outputs">Names of the wanted outputs.</param>
    /// <param name="read">Reads them, in that order, while they are there.</param>
    /// <param name="cancellationToken">Ends the run between two operators.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime failed, as where memory does not suffice.</exception>
    public T Run<T>(
        IReadOnlyList<(string Name, OrtValue Value)> inputs,
        IReadOnlyList<string> outputs,
        Func<IReadOnlyList<OrtValue>, T> read,
        CancellationToken cancellationToken)
    {
        try
        {
            using var call = _gate.Enter(_owner);
            cancellationToken.ThrowIfCancellationRequested();
            using var runOptions = new RunOptions { LogSeverityLevel = OnnxSessionOptions.LogLevel };

            // Gives the working memory of a run back, as in OnnxSession.
            runOptions.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
            using var registration = cancellationToken.Register(() => runOptions.Terminate = true);
            using var results = _session.Run(
                runOptions, [.. inputs.Select(input => input.Name)], [.. inputs.Select(input => input.Value)], outputs);
            return read(results);
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OnnxRuntimeException e)
        {
            throw OnnxErrors.Failed($"{_source}: {e.Message}", e);
        }
        finally
        {
            foreach (var (_, value) in inputs)
            {
                value.Dispose();
            }
        }
    }

    public void Dispose()
    {
        if (_gate.Close())
        {
            _session.Dispose();
        }
    }

    /// <summary>A tensor over memory of ours, which stays where it is as long as the tensor lives.</summary>
    public static OrtValue Tensor<T>(Memory<T> values, params long[] shape)
        where T : unmanaged
    {
        if (values.IsEmpty)
        {
            // Memory that is nowhere is refused.
            return OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TypeOf<T>(), shape);
        }

        return OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values, shape);
    }

    private static Microsoft.ML.OnnxRuntime.Tensors.TensorElementType TypeOf<T>() =>
        typeof(T) == typeof(float) ? Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float
        : typeof(T) == typeof(int) ? Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32
        : Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64;

    private static void ThrowUnlessLoadable(OnnxFile file, Sam2SessionOptions options)
    {
        try
        {
            OnnxSessionOptions.Make(options, sessionOptions => Create(file, sessionOptions)).Session.Dispose();
        }
        catch (OnnxRuntimeException e)
        {
            throw Unloadable(file, e);
        }
    }

    private static InferenceSession Create(OnnxFile file, SessionOptions sessionOptions)
    {
        var pinned = file.Weights.Select(weights => weights.Bytes.AsMemory().Pin()).ToArray();
        try
        {
            if (pinned.Length > 0)
            {
                OnnxApi.AddExternalFiles(
                    sessionOptions,
                    [.. file.Weights.Select(weights => weights.Name)],
                    Array.ConvertAll(pinned, Address),
                    [.. file.Weights.Select(weights => (nuint)weights.Bytes.Length)]);
            }

            return new InferenceSession(file.Model, sessionOptions);
        }
        finally
        {
            Array.ForEach(pinned, memory => memory.Dispose());
        }
    }

    private static Exception Unloadable(OnnxFile file, OnnxRuntimeException error) => OnnxErrors.IsOutOfMemory(error.Message)
        ? OnnxErrors.Failed(error.Message, error)
        : new CheckpointFormatException(
            file.Source,
            $"expected a model that ONNX Runtime can load, found one of which it says: {OnnxErrors.Sentence(error.Message)}",
            error);

    private static unsafe nint Address(MemoryHandle memory) => (nint)memory.Pointer;
}
