using System.Collections.Immutable;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class SafetensorsWriterTests
{
    [Fact]
    public void Write_Float32_ReadsBackBitByBit()
    {
        using var source = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        using var stream = new MemoryStream();
        CheckpointFile.Write(stream, source);
        stream.Position = 0;
        using var copy = SafetensorsReader.Read(stream, "copy");

        Assert.Equal(source.Tensors.Keys.Order(StringComparer.Ordinal), copy.Tensors.Keys);
        foreach (var (name, description) in source.Tensors)
        {
            Assert.Equal(description.Shape.AsSpan(), copy.Tensors[name].Shape.AsSpan());
            Assert.Equal(source.ReadFloat32(name).ToArray(), copy.ReadFloat32(name).ToArray());
        }
    }

    [Fact]
    public void Write_LargeFloat16_RoundsEachValue()
    {
        // Longer than one step of the writer, and no multiple of it.
        var values = Enumerable.Range(0, 70_001).Select(i => MathF.Sin(i) * i).ToArray();
        using var copy = WriteAndRead(TensorElementType.Float16, values);
        Assert.Equal(TensorElementType.Float16, copy.Tensors["a"].ElementType);
        Assert.Equal(values.Select(v => (float)(Half)v), copy.ReadFloat32("a").ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    public void Write_AwkwardLength_ReadsBack(int length)
    {
        var values = Enumerable.Range(0, length).Select(i => (float)(i % 2048)).ToArray();
        foreach (var type in new[] { TensorElementType.Float32, TensorElementType.Float16 })
        {
            using var copy = WriteAndRead(type, values);
            Assert.Equal(values, copy.ReadFloat32("a").ToArray());
        }
    }

    [Fact]
    public void Write_WrongCountOfValues_Throws()
    {
        Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write(Stream.Null, [("a", new TensorDescription(TensorElementType.Float32, [3]))], _ => new float[2]));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => SafetensorsWriter.Write(Stream.Null, [("a", new TensorDescription(TensorElementType.BFloat16, [3]))], _ => new float[3]));
    }

    private static SafetensorsReader WriteAndRead(TensorElementType type, float[] values)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, [("a", new TensorDescription(type, ImmutableArray.Create(values.Length)))], _ => values);
        stream.Position = 0;
        return SafetensorsReader.Read(stream, "copy");
    }
}
