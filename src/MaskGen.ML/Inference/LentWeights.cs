using System.Buffers;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Inference;

/// <summary>Lends memory of ours to ONNX Runtime as weights, until it needs them no more: as soon as it has packed them for its kernels,
/// as it does with nearly all, otherwise with the end of the session.</summary>
/// <remarks>So the weights of a session are in memory once and not twice. Safe for concurrent use.</remarks>
internal static unsafe class LentWeights
{
    // The struct's fields up to Reserve are of this version or before; those after it stay null.
    private const uint AllocatorVersion = 22;

    // Several sessions may be lent the same memory.
    private static readonly Dictionary<nint, Stack<MemoryHandle>> Lent = [];

    private static readonly Lazy<nint> LazyDeleter = new(CreateDeleter);

    /// <summary>Makes a tensor (OrtValue) of float32, float16 or int8 values, which stay pinned until nothing needs it any more.</summary>
    public static nint Lend<T>(ReadOnlyMemory<T> values, ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        var memory = values.Pin();
        var address = (nint)memory.Pointer;
        lock (Lent)
        {
            if (!Lent.TryGetValue(address, out var handles))
            {
                Lent.Add(address, handles = new Stack<MemoryHandle>(1));
            }

            handles.Push(memory);
        }

        try
        {
            return OnnxApi.CreateTensor((OnnxAllocator*)LazyDeleter.Value, (T*)address, values.Length, shape);
        }
        catch
        {
            GiveBack(address);
            throw;
        }
    }

    // Never freed: ONNX Runtime may hold it as long as any tensor lives.
    private static nint CreateDeleter()
    {
        var deleter = (OnnxAllocator*)NativeMemory.AllocZeroed((nuint)sizeof(OnnxAllocator));
        deleter->Version = AllocatorVersion;
        deleter->Free = (nint)(delegate* unmanaged<OnnxAllocator*, void*, void>)&Free;
        deleter->Info = (nint)(delegate* unmanaged<OnnxAllocator*, nint>)&Info;
        return (nint)deleter;
    }

    [UnmanagedCallersOnly]
    private static void Free(OnnxAllocator* deleter, void* memory) => GiveBack((nint)memory);

    [UnmanagedCallersOnly]
    private static nint Info(OnnxAllocator* deleter) => OnnxApi.CpuMemory;

    private static void GiveBack(nint address)
    {
        MemoryHandle memory;
        lock (Lent)
        {
            var handles = Lent[address];
            memory = handles.Pop();
            if (handles.Count == 0)
            {
                Lent.Remove(address);
            }
        }

        memory.Dispose();
    }
}
