using FsCheck.Xunit;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class RunLengthBuilderTests
{
    [Property(MaxTest = 500)]
    public void AppendBits_InAnyPortions_GivesTheRunsOfTheBits(ulong bits, byte count, byte first, byte second)
    {
        var length = (count % 64) + 1;
        bits &= ulong.MaxValue >> (64 - length);
        var (before, after) = (first % 5, second % 5);
        var builder = new RunLengthBuilder();
        builder.Append(true, before);
        builder.AppendBits(bits, length);
        builder.Append(false, after);
        builder.AppendBits(bits, length);

        var pixels = Enumerable.Repeat(true, before)
            .Concat(Enumerable.Range(0, length).Select(i => (bits >> i & 1) != 0))
            .Concat(Enumerable.Repeat(false, after))
            .Concat(Enumerable.Range(0, length).Select(i => (bits >> i & 1) != 0)).ToArray();
        var size = new ImageSize(1, pixels.Length);
        Assert.Equal(RunLengthEncoding.FromMask(size, pixels).Counts, builder.ToEncoding(size).Counts);
    }
}
