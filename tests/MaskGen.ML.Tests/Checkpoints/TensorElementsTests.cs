using System.Runtime.InteropServices;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class TensorElementsTests
{
    [Fact]
    public void Widen_EveryFloat16_EqualsTheCast()
    {
        var halves = Enumerable.Range(0, 1 << 16).Select(i => BitConverter.UInt16BitsToHalf((ushort)i)).ToArray();
        var actual = new float[halves.Length];
        TensorElements.Widen(TensorElementType.Float16, MemoryMarshal.AsBytes(halves.AsSpan()), actual);
        Assert.Equal(halves.Select(h => (float)h), actual);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(33)]
    [InlineData(1 << 16)]
    public void Widen_BFloat16_IsTheUpperHalf(int length)
    {
        var bits = Enumerable.Range(0, length).Select(i => (ushort)(i * 40_503)).ToArray();
        var actual = new float[length];
        TensorElements.Widen(TensorElementType.BFloat16, MemoryMarshal.AsBytes(bits.AsSpan()), actual);
        Assert.Equal(bits.Select(b => (uint)b << 16), actual.Select(BitConverter.SingleToUInt32Bits));
    }
}
