using System.Runtime.InteropServices;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class TensorElementsTests
{
    [Fact]
    public void Convert_EveryFloat16_EqualsTheCast()
    {
        var halves = Enumerable.Range(0, 1 << 16).Select(i => BitConverter.UInt16BitsToHalf((ushort)i)).ToArray();
        var actual = new float[halves.Length];
        TensorElements.Convert(TensorElementType.Float16, MemoryMarshal.AsBytes(halves.AsSpan()), actual);
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
    public void Convert_BFloat16_IsTheUpperHalf(int length)
    {
        var bits = Enumerable.Range(0, length).Select(i => (ushort)(i * 40_503)).ToArray();
        var actual = new float[length];
        TensorElements.Convert(TensorElementType.BFloat16, MemoryMarshal.AsBytes(bits.AsSpan()), actual);
        Assert.Equal(bits.Select(b => (uint)b << 16), actual.Select(BitConverter.SingleToUInt32Bits));
    }

    [Fact]
    public void Convert_Float64_RoundsToTheNearestFloat32()
    {
        double[] values =
        [
            0, -0.0, 1, -1.5, 0.1, 1 + Math.Pow(2, -24), 1 + (3 * Math.Pow(2, -24)), 1 + Math.Pow(2, -24) + Math.Pow(2, -40),
            Math.Pow(2, -149),
            Math.Pow(2, -151), float.MaxValue, 1e300, double.NaN, double.NegativeInfinity,
        ];
        var actual = new float[values.Length];
        TensorElements.Convert(TensorElementType.Float64, MemoryMarshal.AsBytes(values.AsSpan()), actual);
        Assert.Equal(
            [
                0, -0f, 1, -1.5f, 0.1f, 1, 1 + MathF.Pow(2, -22), 1 + MathF.Pow(2, -23), float.Epsilon,
                0, float.MaxValue, float.PositiveInfinity, float.NaN, float.NegativeInfinity,
            ],
            actual);
    }
}
