using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MaskGen.ML.Inference;

/// <summary>What the processor has for products of 8-bit integers; ONNX Runtime looks for the same.</summary>
internal static class Int8Processor
{
    /// <summary>Whether int8 products take a fraction of the time that float32 ones do: four in one instruction and without overflow, which
    /// is VNNI on x64.</summary>
    public static bool IsFast { get; } = HasVnni() || Dp.IsSupported;

    /// <exception cref="InvalidOperationException">An encoder in int8 is to run on another device than the CPU.</exception>
    public static void ThrowUnlessCpu(Sam2Device device)
    {
        if (!device.IsCpu)
        {
            throw new InvalidOperationException(
                $"Expected the CPU for an image encoder in {EncoderPrecision.Int8}, found {device}: choose no other device, or "
                + $"{EncoderPrecision.Float32}.");
        }
    }

    // AVX512_VNNI is bit 11 of ECX of leaf 7, AVX_VNNI bit 4 of EAX of its sub-leaf 1.
    private static bool HasVnni() => RuntimeInformation.ProcessArchitecture == Architecture.X64 && X86Base.IsSupported
        && X86Base.CpuId(0, 0).Eax >= 7
        && (Bit(X86Base.CpuId(7, 0).Ecx, 11) || Bit(X86Base.CpuId(7, 1).Eax, 4));

    private static bool Bit(int register, int number) => (register >> number & 1) != 0;
}
