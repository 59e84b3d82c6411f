using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>The functions of ONNX Runtime's C API that sessions need and its managed half does not have, or not without
/// internals.</summary>
/// <remarks>The tables of functions only ever grow at their end, so a slot once published keeps its meaning (onnxruntime_c_api.h). All of
/// these are there since API version 23. Handles are the C API's pointers.</remarks>
internal static unsafe partial class OnnxApi
{
    private const int Float32 = 1; // ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
    private const int Int8 = 3; // ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8
    private const int Float16 = 10; // ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16

    // Slots of struct OrtApi.
    private const int GetErrorMessageSlot = 2;
    private const int RunSlot = 9;
    private const int CreateTensorWithDataSlot = 49;
    private const int CreateTensorTypeAndShapeInfoSlot = 57;
    private const int SetTensorElementTypeSlot = 58;
    private const int SetDimensionsSlot = 59;
    private const int CreateCpuMemoryInfoSlot = 69;
    private const int ReleaseStatusSlot = 93;
    private const int ReleaseSessionSlot = 95;
    private const int ReleaseValueSlot = 96;
    private const int ReleaseTypeInfoSlot = 98;
    private const int ReleaseTensorTypeAndShapeInfoSlot = 99;
    private const int SetSymbolicDimensionsSlot = 271;
    private const int AddExternalFilesSlot = 279;
    private const int ReleaseValueInfoSlot = 285;
    private const int ReleaseGraphSlot = 287;
    private const int ReleaseModelSlot = 288;
    private const int GetModelEditorApiSlot = 291;
    private const int CreateTensorWithDataAndDeleterSlot = 292;

    // Slots of struct OrtModelEditorApi.
    private const int CreateTensorTypeInfoSlot = 0;
    private const int CreateValueInfoSlot = 5;
    private const int CreateGraphSlot = 7;
    private const int SetGraphInputsSlot = 8;
    private const int AddInitializerToGraphSlot = 10;
    private const int CreateModelSlot = 12;
    private const int AddGraphToModelSlot = 13;
    private const int CreateModelEditorSessionFromArraySlot = 16;
    private const int ApplyModelToModelEditorSessionSlot = 18;
    private const int FinalizeModelEditorSessionSlot = 19;

    private static readonly Lazy<nint> LazyCpuMemory = new(CreateCpuMemoryInfo);

    /// <summary>OrtMemoryInfo of ordinary memory; lives as long as the process.</summary>
    public static nint CpuMemory => LazyCpuMemory.Value;

    private static void** Api => OnnxRuntimeLibrary.Functions;

    private static void** Editor
    {
        get
        {
            var editor = ((delegate* unmanaged<void**>)Api[GetModelEditorApiSlot])();
            return editor is not null
                ? editor
                : throw new InvalidOperationException(
                    "ONNX Runtime's native library is a minimal build, which cannot build models. Reference the package "
                    + "Microsoft.ML.OnnxRuntime.");
        }
    }

    /// <summary>A float32 tensor (OrtValue) over memory that stays the caller's.</summary>
    public static nint CreateTensor(float* values, int count, ReadOnlySpan<long> shape)
    {
        nint value;
        fixed (long* dimensions = shape)
        {
            var create = (delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)Api[CreateTensorWithDataSlot];
            ThrowOnError(create(CpuMemory, values, ByteCount(count), dimensions, (nuint)shape.Length, Float32, &value));
        }

        return value;
    }

    /// <summary>A tensor of float32, float16 or int8 that calls <paramref name="deleter"/> (OrtAllocator) as soon as its memory is not
    /// needed any more.</summary>
    public static nint CreateTensor<T>(OnnxAllocator* deleter, T* values, int count, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        nint value;
        fixed (long* dimensions = shape)
        {
            var create = (delegate* unmanaged<OnnxAllocator*, void*, nuint, long*, nuint, int, nint*, nint>)
                Api[CreateTensorWithDataAndDeleterSlot];
            ThrowOnError(create(
                deleter, values, (nuint)count * (nuint)sizeof(T), dimensions, (nuint)shape.Length, ElementType<T>(), &value));
        }

        return value;
    }

    public static void ReleaseTensor(nint value) => Release(ReleaseValueSlot, value);

    /// <summary>Reads a model for a session that is still to be completed (<see cref="ApplyModel"/>,
    /// <see cref="FinalizeSession"/>).</summary>
    public static nint CreateSession(ReadOnlySpan<byte> model, SessionOptions options)
    {
        nint session;
        fixed (byte* bytes = model)
        {
            var create = (delegate* unmanaged<nint, void*, nuint, nint, nint*, nint>)Editor[CreateModelEditorSessionFromArraySlot];
            ThrowOnError(create(
                OrtEnv.Instance().DangerousGetHandle(), bytes, (nuint)model.Length, options.DangerousGetHandle(), &session));
        }

        GC.KeepAlive(options);
        return session;
    }

    /// <summary>Adds a model's initializers to a session, and replaces its inputs where the model has some.</summary>
    public static void ApplyModel(nint session, nint model) =>
        ThrowOnError(((delegate* unmanaged<nint, nint, nint>)Editor[ApplyModelToModelEditorSessionSlot])(session, model));

    /// <summary>Optimizes the model of a session and makes it ready to run.</summary>
    public static void FinalizeSession(nint session, SessionOptions options)
    {
        var finalize = (delegate* unmanaged<nint, nint, nint, nint>)Editor[FinalizeModelEditorSessionSlot];
        ThrowOnError(finalize(session, options.DangerousGetHandle(), 0));
        GC.KeepAlive(options);
    }

    public static void Run(
        nint session, RunOptions options, byte** inputNames, ReadOnlySpan<nint> inputs, byte** outputNames, ReadOnlySpan<nint> outputs)
    {
        fixed (nint* inputValues = inputs, outputValues = outputs)
        {
            var run = (delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)Api[RunSlot];
            ThrowOnError(run(
                session,
                options.DangerousGetHandle(),
                inputNames,
                inputValues,
                (nuint)inputs.Length,
                outputNames,
                (nuint)outputs.Length,
                outputValues));
        }

        GC.KeepAlive(options);
    }

    /// <summary>Gives sessions the content of files of weights that their model names. They copy what they need of it while they are
    /// made.</summary>
    /// <param name="options">Options of the sessions.</param>
    /// <param name="names">Names as the model has them.</param>
    /// <param name="files">Where the bytes of each are.</param>
    /// <param name="lengths">How many they are.</param>
    public static void AddExternalFiles(SessionOptions options, IReadOnlyList<string> names, nint[] files, nuint[] lengths)
    {
        var texts = new nint[names.Count];
        try
        {
            for (var i = 0; i < texts.Length; i++)
            {
                // The type of a path differs between systems.
                texts[i] = OperatingSystem.IsWindows() ? Marshal.StringToCoTaskMemUni(names[i]) : Marshal.StringToCoTaskMemUTF8(names[i]);
            }

            fixed (nint* namesStart = texts, filesStart = files)
            fixed (nuint* lengthsStart = lengths)
            {
                var add = (delegate* unmanaged<nint, nint*, nint*, nuint*, nuint, nint>)Api[AddExternalFilesSlot];
                ThrowOnError(add(options.DangerousGetHandle(), namesStart, filesStart, lengthsStart, (nuint)texts.Length));
            }
        }
        finally
        {
            Array.ForEach(texts, Marshal.FreeCoTaskMem);
        }

        GC.KeepAlive(options);
    }

    public static void ReleaseSession(nint session) => Release(ReleaseSessionSlot, session);

    /// <summary>An empty graph; released by <see cref="ReleaseGraph"/>, or with the model that it is added to.</summary>
    public static nint CreateGraph()
    {
        nint graph;
        ThrowOnError(((delegate* unmanaged<nint*, nint>)Editor[CreateGraphSlot])(&graph));
        return graph;
    }

    public static void ReleaseGraph(nint graph) => Release(ReleaseGraphSlot, graph);

    /// <summary>Adds a tensor to a graph, which owns it from now on; it is not copied.</summary>
    public static void AddInitializer(nint graph, byte* name, nint tensor)
    {
        const byte isExternal = 1;
        ThrowOnError(
            ((delegate* unmanaged<nint, byte*, nint, byte, nint>)Editor[AddInitializerToGraphSlot])(graph, name, tensor, isExternal));
    }

    /// <summary>Sets the inputs of a graph, which owns them from now on: those that are taken are set to zero in the span.</summary>
    public static void SetInputs(nint graph, Span<nint> inputs)
    {
        fixed (nint* values = inputs)
        {
            var set = (delegate* unmanaged<nint, nint*, nuint, nint>)Editor[SetGraphInputsSlot];
            ThrowOnError(set(graph, values, (nuint)inputs.Length));
        }
    }

    /// <summary>Describes an input (OrtValueInfo).</summary>
    /// <param name="name">Its name.</param>
    /// <param name="elementType">Type of its elements, as ONNX numbers them.</param>
    /// <param name="dimensions">Its shape, -1 for what is known only at run time.</param>
    /// <param name="symbols">A name for each dimension, empty where it has a number.</param>
    public static nint CreateValueInfo(byte* name, int elementType, ReadOnlySpan<long> dimensions, byte** symbols)
    {
        nint shape, type = 0, info;
        ThrowOnError(((delegate* unmanaged<nint*, nint>)Api[CreateTensorTypeAndShapeInfoSlot])(&shape));
        try
        {
            ThrowOnError(((delegate* unmanaged<nint, int, nint>)Api[SetTensorElementTypeSlot])(shape, elementType));
            fixed (long* sizes = dimensions)
            {
                var set = (delegate* unmanaged<nint, long*, nuint, nint>)Api[SetDimensionsSlot];
                ThrowOnError(set(shape, sizes, (nuint)dimensions.Length));
            }

            var setSymbols = (delegate* unmanaged<nint, byte**, nuint, nint>)Api[SetSymbolicDimensionsSlot];
            ThrowOnError(setSymbols(shape, symbols, (nuint)dimensions.Length));
            ThrowOnError(((delegate* unmanaged<nint, nint*, nint>)Editor[CreateTensorTypeInfoSlot])(shape, &type));
            ThrowOnError(((delegate* unmanaged<byte*, nint, nint*, nint>)Editor[CreateValueInfoSlot])(name, type, &info));
            return info;
        }
        finally
        {
            Release(ReleaseTypeInfoSlot, type);
            Release(ReleaseTensorTypeAndShapeInfoSlot, shape);
        }
    }

    public static void ReleaseValueInfo(nint info) => Release(ReleaseValueInfoSlot, info);

    /// <summary>An empty model that adds no operators of its own.</summary>
    public static nint CreateModel()
    {
        nint model;
        ThrowOnError(((delegate* unmanaged<byte**, int*, nuint, nint*, nint>)Editor[CreateModelSlot])(null, null, 0, &model));
        return model;
    }

    /// <summary>Puts a graph into a model, which owns it from now on.</summary>
    public static void AddGraph(nint model, nint graph) =>
        ThrowOnError(((delegate* unmanaged<nint, nint, nint>)Editor[AddGraphToModelSlot])(model, graph));

    public static void ReleaseModel(nint model) => Release(ReleaseModelSlot, model);

    private static nint CreateCpuMemoryInfo()
    {
        const int deviceAllocator = 0, defaultMemory = 0;
        nint info;
        ThrowOnError(((delegate* unmanaged<int, int, nint*, nint>)Api[CreateCpuMemoryInfoSlot])(deviceAllocator, defaultMemory, &info));
        return info;
    }

    // Nothing happens to a null handle.
    private static void Release(int slot, nint handle) => ((delegate* unmanaged<nint, void>)Api[slot])(handle);

    private static int ElementType<T>() => typeof(T) == typeof(sbyte) ? Int8 : typeof(T) == typeof(Half) ? Float16 : Float32;

    private static nuint ByteCount(int floats) => (nuint)floats * sizeof(float);

    private static void ThrowOnError(nint status)
    {
        if (status == 0)
        {
            return;
        }

        var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Api[GetErrorMessageSlot])(status)) ?? string.Empty;
        Release(ReleaseStatusSlot, status);
        throw OnnxErrors.Failed(message);
    }
}
