using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <content>Runs whose inputs and outputs are bound to memory of a device.</content>
internal static unsafe partial class OnnxApi
{
    // Slots of struct OrtApi.
    private const int AllocatorFreeSlot = 76;
    private const int GetDefaultAllocatorSlot = 78;
    private const int RunWithBindingSlot = 133;
    private const int CreateBindingSlot = 134;
    private const int ReleaseBindingSlot = 135;
    private const int BindInputSlot = 136;
    private const int BindOutputSlot = 137;
    private const int BindOutputToDeviceSlot = 138;
    private const int GetBoundOutputValuesSlot = 140;
    private const int GetTensorSizeInBytesSlot = 318;
    private const int GetMemoryInfoForOutputsSlot = 381;

    /// <summary>Where a session computes its outputs (OrtMemoryInfo), in the order of the model; they belong to the session.</summary>
    public static nint[] OutputMemory(nint session, int outputs)
    {
        var infos = new nint[outputs];
        fixed (nint* start = infos)
        {
            ThrowOnError(((delegate* unmanaged<nint, nint*, nuint, nint>)Api[GetMemoryInfoForOutputsSlot])(session, start, (nuint)outputs));
        }

        return infos;
    }

    /// <summary>Bytes that the values of a tensor take.</summary>
    public static long BytesOf(nint tensor)
    {
        nuint bytes;
        ThrowOnError(((delegate* unmanaged<nint, nuint*, nint>)Api[GetTensorSizeInBytesSlot])(tensor, &bytes));
        return (long)bytes;
    }

    public static nint CreateBinding(nint session)
    {
        nint binding;
        ThrowOnError(((delegate* unmanaged<nint, nint*, nint>)Api[CreateBindingSlot])(session, &binding));
        return binding;
    }

    public static void ReleaseBinding(nint binding) => Release(ReleaseBindingSlot, binding);

    public static void BindInput(nint binding, byte* name, nint tensor) => Bind(BindInputSlot, binding, name, tensor);

    /// <summary>Has an output computed into a tensor (OrtValue).</summary>
    public static void BindOutput(nint binding, byte* name, nint tensor) => Bind(BindOutputSlot, binding, name, tensor);

    /// <summary>Has an output computed into a tensor that the run allocates in some memory (OrtMemoryInfo).</summary>
    public static void BindOutputToMemory(nint binding, byte* name, nint memory) => Bind(BindOutputToDeviceSlot, binding, name, memory);

    public static void Run(nint session, RunOptions options, nint binding)
    {
        var run = (delegate* unmanaged<nint, nint, nint, nint>)Api[RunWithBindingSlot];
        ThrowOnError(run(session, options.DangerousGetHandle(), binding));
        GC.KeepAlive(options);
    }

    /// <summary>All outputs of a run, in the order in which they were bound; the caller releases each.</summary>
    public static nint[] BoundOutputs(nint binding)
    {
        nint allocator;
        nint* values;
        nuint count;
        ThrowOnError(((delegate* unmanaged<nint*, nint>)Api[GetDefaultAllocatorSlot])(&allocator));
        ThrowOnError(((delegate* unmanaged<nint, nint, nint**, nuint*, nint>)Api[GetBoundOutputValuesSlot])(
            binding, allocator, &values, &count));
        var result = new ReadOnlySpan<nint>(values, (int)count).ToArray();
        ThrowOnError(((delegate* unmanaged<nint, nint*, nint>)Api[AllocatorFreeSlot])(allocator, values));
        return result;
    }

    private static void Bind(int slot, nint binding, byte* name, nint target) =>
        ThrowOnError(((delegate* unmanaged<nint, byte*, nint, nint>)Api[slot])(binding, name, target));
}
