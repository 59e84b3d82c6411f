using System.Runtime.InteropServices;

namespace MaskGen.ML.Inference;

/// <summary>The C API's struct OrtAllocator, as a deleter: of its functions only Free and Info are called then.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OnnxAllocator
{
    public uint Version;
    public nint Alloc;
    public nint Free;
    public nint Info;
    public nint Reserve;
    public nint GetStats;
    public nint AllocOnStream;
    public nint Shrink;
}
