using System.Buffers.Binary;
using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class PngFileTests
{
    private static readonly byte[] Png = ResultSamples.Bytes(ResultKind.Labels);

    [Theory]
    [InlineData("overlay")]
    [InlineData("labels")]
    [InlineData("mask")]
    public void Inspect_WholeFile_IsWholeAndCarriesItsStamp(string kind)
    {
        var png = Inspect(ResultSamples.Bytes(new ResultKind(kind)));

        Assert.True(png is { Begins: true, IsWhole: true, HasImageData: true, IsAsStamped: true });
        Assert.True(png.Stamp!.IsSameWork(ResultStamp.Of(new ResultKind(kind), ResultSamples.Origin)));
    }

    [Fact]
    public void Inspect_CutAnywhere_IsNotWhole()
    {
        for (var length = 0; length < Png.Length; length++)
        {
            Assert.False(Inspect(Png[..length]).IsWhole, $"cut to {length}");
        }
    }

    [Property(MaxTest = 500)]
    public void Inspect_OneBitChanged_IsNotWholeOrNotAsStamped(NonNegativeInt at, byte bit)
    {
        var bytes = (byte[])Png.Clone();
        bytes[at.Get % bytes.Length] ^= (byte)(1 << (bit % 8));

        Assert.False(Inspect(bytes) is { IsWhole: true, IsAsStamped: true });
    }

    [Fact]
    public void Inspect_OtherPalette_IsNotAsStamped()
    {
        // As an editor would write it, with a right checksum.
        var at = Png.AsSpan().IndexOf("PLTE"u8) - 4;
        var length = BinaryPrimitives.ReadInt32BigEndian(Png.AsSpan(at));
        using var stream = new MemoryStream();
        stream.Write(Png.AsSpan(0, at));
        PngChunk.Write(stream, "PLTE"u8, new byte[length]);
        stream.Write(Png.AsSpan(at + length + PngChunk.Overhead));

        Assert.True(Inspect(stream.ToArray()) is { IsWhole: true, IsAsStamped: false, Stamp: not null });
    }

    [Fact]
    public void Inspect_BytesAfterTheEnd_IsNotWhole() => Assert.False(Inspect([.. Png, 0]).IsWhole);

    [Fact]
    public void Inspect_ForeignPng_IsWholeWithoutStamp()
    {
        var png = Inspect(File.ReadAllBytes(Fixture.Path("images/scene-palette.png")));

        Assert.True(png is { Begins: true, IsWhole: true, HasImageData: true, Stamp: null, IsAsStamped: false });
    }

    [Fact]
    public void Inspect_NoImageData_IsNotWhole()
    {
        using var stream = new MemoryStream();
        stream.Write(Png.AsSpan(0, PngChunk.HeaderEnd));
        PngChunk.Write(stream, "IEND"u8, []);

        Assert.False(Inspect(stream.ToArray()).IsWhole);
    }

    [Fact]
    public void ReadStamp_AnyStamp_ReadsBackAsWritten()
    {
        var stamp = ResultStamp.Of(ResultKind.Mask, ResultSamples.Origin) with
        {
            Drawing = "numbers=1", MaskCount = 12, MaskNumber = 3, Content = "x",
        };

        Assert.Equal(stamp, ResultStamp.TryParse(stamp.ToJson()));
        Assert.All(stamp.ToJson(), c => Assert.InRange(c, ' ', '~'));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"generator\":\"MaskGen.ML 1\"}")]
    [InlineData("{\"generator\":\"MaskGen.ML 1\",\"kind\":\"\"}")]
    [InlineData("{\"generator\":\"MaskGen.ML 1\",\"kind\":7}")]
    [InlineData("{\"generator\":\"Other\",\"kind\":\"mask\"}")]
    [InlineData("{\"generator\":\"\\ud800\",\"kind\":\"mask\"}")]
    [InlineData("[[[[[[[[]]]]]]]]")]
    public void TryParse_AnotherText_IsNull(string text) => Assert.Null(ResultStamp.TryParse(text));

    [Fact]
    public void IsSameWork_AnyDifference_IsAnother()
    {
        var stamp = ResultStamp.Of(ResultKind.Overlay, ResultSamples.Origin) with { Drawing = "numbers=1" };

        Assert.True(stamp.IsSameWork(stamp with { MaskCount = 3, MaskNumber = 1, Content = "x", Model = "renamed" }));
        Assert.All(
            new[]
            {
                stamp with { Kind = ResultKind.Labels },
                stamp with { Mode = "prompt" },
                stamp with { ImageName = "b.png" },
                stamp with { ImageSha256 = "c" },
                stamp with { ImageSha256 = null },
                stamp with { ModelFingerprint = "d" },
                stamp with { Settings = "e" },
                stamp with { Drawing = null },
            },
            other => Assert.False(stamp.IsSameWork(other)));
        var unknown = stamp with { ImageSha256 = null };
        Assert.False(unknown.IsSameWork(unknown));
    }

    private static PngFile Inspect(byte[] bytes) => PngFile.Inspect(new MemoryStream(bytes));
}
