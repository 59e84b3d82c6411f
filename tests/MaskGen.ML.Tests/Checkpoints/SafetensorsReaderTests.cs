using System.Text;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class SafetensorsReaderTests
{
    private const string Entry = """{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadFloat32_MappedOrHeld_GivesTheValues(bool mapped)
    {
        using var folder = new TestFolder();
        var header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"s":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"e":{"dtype":"F16","shape":[0,3],"data_offsets":[12,12]}}""";
        var bytes = SafetensorsBytes.Build(header.PadRight(300), 12);
        using var reader = mapped
            ? SafetensorsReader.Open(folder.Write("x.safetensors", bytes))
            : SafetensorsReader.Read(new MemoryStream(bytes), "x");

        Assert.Equal(["a", "e", "s"], reader.Tensors.Keys.Order());
        Assert.Equal([BitConverter.ToSingle([0, 1, 2, 3]), BitConverter.ToSingle([4, 5, 6, 7])], reader.ReadFloat32("a").ToArray());
        Assert.Equal([BitConverter.ToSingle([8, 9, 10, 11])], reader.ReadFloat32("s").ToArray());
        Assert.Empty(reader.ReadFloat32("e").ToArray());
        Assert.Equal(0, reader.Tensors["e"].Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadFloat32_Unaligned_GivesTheValues(bool mapped)
    {
        using var folder = new TestFolder();
        var bytes = SafetensorsBytes.Build(("{\"a\":" + Entry + "}").PadRight(61), 8);
        using var reader = mapped
            ? SafetensorsReader.Open(folder.Write("x.safetensors", bytes))
            : SafetensorsReader.Read(new MemoryStream(bytes), "x");
        Assert.Equal([BitConverter.ToSingle([0, 1, 2, 3]), BitConverter.ToSingle([4, 5, 6, 7])], reader.ReadFloat32("a").ToArray());
    }

    [Theory]
    [InlineData("F32", 100_003)]
    [InlineData("F16", 100_003)] // several parts, the last of them short
    [InlineData("BF16", 1 << 15)]
    [InlineData("F64", (1 << 15) + 1)]
    [InlineData("F16", 0)]
    public void VisitFloat32_ShowsWhatIsRead(string type, int count)
    {
        var width = type switch { "F32" => 4, "F64" => 8, _ => 2 };
        var bytes = new byte[width * count];
        new Random(count).NextBytes(bytes);
        var file = SafetensorsBytes.Build([new SafetensorsBytes.Tensor("a", type, [count], bytes)]);
        using var reader = SafetensorsReader.Read(new MemoryStream(file), "x");
        var seen = new List<float>();
        reader.VisitFloat32("a", (values, start) =>
        {
            Assert.Equal(seen.Count, start);
            seen.AddRange(values);
        });
        Assert.Equal(reader.ReadFloat32("a").ToArray(), seen);
        Assert.Equal("b", Assert.Throws<CheckpointFormatException>(() => reader.VisitFloat32("b", (_, _) => { })).Tensor);
    }

    [Fact]
    public unsafe void ReadFloat32_FromMappedMemory_GivesTheValues()
    {
        var file = SafetensorsBytes.Build([SafetensorsBytes.Float32("a", [3], [1, 2.5f, -3]), new("h", "F16", [1], [0, 0x3C])]);
        fixed (byte* bytes = file)
        {
            using var reader = SafetensorsReader.Read(new MappedByteSource(new UnmanagedMemoryStream(bytes, file.Length)), "x");
            Assert.Equal([1, 2.5f, -3], reader.ReadFloat32("a").ToArray());
            Assert.Equal([1], reader.ReadFloat32("h").ToArray());
        }
    }

    [Fact]
    public unsafe void ReadFloat32_AlignedFloat32_IsAViewOfTheFile()
    {
        using var reader = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        const string Name = "vision_encoder.backbone.pos_embed";
        using var first = reader.ReadFloat32(Name).Pin();
        using var second = reader.ReadFloat32(Name)[1..].Pin();
        Assert.True((float*)first.Pointer + 1 == (float*)second.Pointer);
    }

    [Fact]
    public void ReadFloat32_AfterDispose_Throws()
    {
        var reader = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        var values = reader.ReadFloat32("no_memory_embedding");
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => values.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => values.Pin());
        Assert.Throws<ObjectDisposedException>(() => reader.ReadFloat32("no_memory_embedding"));
        reader.Dispose();
    }

    [Fact]
    public void ReadFloat32_UnknownName_NamesTheTensor()
    {
        using var reader = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        var error = Assert.Throws<CheckpointFormatException>(() => reader.ReadFloat32("nowhere"));
        Assert.Equal("nowhere", error.Tensor);
        Assert.Equal(Fixture.Path("micro/model.safetensors"), error.CheckpointSource);
    }

    [Theory]
    [InlineData("[]", 0, "no safetensors file")]
    [InlineData("{]", 0, "expected JSON")]
    [InlineData("{\"a\":1}", 0, "expected StartObject")]
    [InlineData("{\"a\":{}}", 0, "one of them missing")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 0, "one of them missing")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "each once")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8, "found 'x'")]
    [InlineData("{\"a\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "expected 16 bytes for I64 [2], found 8")]
    [InlineData("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,3]}}", 3, "expected 2 bytes for F4 [3], found 3")]
    [InlineData("{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "expected String")]
    [InlineData("{\"a\":{\"dtype\":\"A NAME THAT IS LONGER THAN ANY TYPE\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
        "a dtype such as F32")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "expected 12 bytes for F32 [3], found 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "whole numbers from 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", 8, "whole numbers from 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536,65536,65536],\"data_offsets\":[0,0]}}", 0, "found 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", 8, "dimensions")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, "expected StartArray")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}", 8, "expected EndArray")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "ascending")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, "not negative")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 8, "inside the 8 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,99999999999999999999]}}", 8, "whole numbers")]
    [InlineData("{\"a\":" + Entry + ",\"a\":" + Entry + "}", 8, "found two")]
    [InlineData("{\"a\":" + Entry + ",\"b\":" + Entry + "}", 8, "a gap or an overlap")]
    [InlineData("{\"a\":" + Entry + ",\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}", 16, "a gap or an overlap")]
    [InlineData("{\"a\":" + Entry + "}", 9, "expected 70 bytes, as the header says, found 71")]
    [InlineData("{\"a\":" + Entry + "}{}", 8, "expected JSON")]
    [InlineData("{\"__metadata__\":}", 0, "expected JSON")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "found two")]
    public void Read_WrongHeader_SaysWhatIsWrong(string header, int dataLength, string message)
    {
        var bytes = SafetensorsBytes.Build(header, dataLength);
        var error = Assert.Throws<CheckpointFormatException>(() => SafetensorsReader.Read(new MemoryStream(bytes), "file x"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("file x: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(67UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void Read_WrongHeaderLength_Throws(ulong claimed)
    {
        var bytes = SafetensorsBytes.Build(Encoding.UTF8.GetBytes("{\"a\":" + Entry + "}"), claimed, 8);
        var error = Assert.Throws<CheckpointFormatException>(() => SafetensorsReader.Read(new MemoryStream(bytes), "x"));
        Assert.DoesNotContain("Exception", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EveryTruncation_Throws()
    {
        using var folder = new TestFolder();
        var bytes = SafetensorsBytes.Build("{\"a\":" + Entry + "}", 8);
        for (var length = 0; length < bytes.Length; length++)
        {
            var path = folder.Write("cut.safetensors", bytes[..length]);
            Assert.Throws<CheckpointFormatException>(() => SafetensorsReader.Open(path));
        }
    }

    [Fact]
    public void Open_NoSuchFile_ThrowsFileNotFound() =>
        Assert.Throws<FileNotFoundException>(() => SafetensorsReader.Open(Fixture.Path("nowhere.safetensors")));

    [Fact]
    public void Read_NameThatIsNoUtf8_Throws()
    {
        byte[] header = [.. "{\"a"u8, 0xff, .. "\":"u8, .. Encoding.UTF8.GetBytes(Entry), .. "}"u8];
        Assert.Throws<CheckpointFormatException>(
            () => SafetensorsReader.Read(new MemoryStream(SafetensorsBytes.Build(header, (ulong)header.Length, 8)), "x"));
        Assert.Throws<CheckpointFormatException>(
            () => SafetensorsReader.Read(new MemoryStream(SafetensorsBytes.Build("{\"\\ud800\":" + Entry + "}", 8)), "x"));
    }

    [Fact]
    public void Read_NameWithControlCharacters_KeepsThemOutOfTheMessage()
    {
        var header = """{"\u001b[31mred":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""";
        var error = Assert.Throws<CheckpointFormatException>(
            () => SafetensorsReader.Read(new MemoryStream(SafetensorsBytes.Build(header, 8)), "x"));
        Assert.Equal("\u001b[31mred", error.Tensor);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Theory]
    [InlineData("I64", "[2]", 16)]
    [InlineData("BOOL", "[3,2]", 6)]
    [InlineData("U8", "[]", 1)]
    [InlineData("C64", "[1]", 8)]
    [InlineData("F8_E4M3", "[5]", 5)]
    [InlineData("F4", "[3]", 2)]
    [InlineData("F6_E2M3", "[4]", 3)]
    [InlineData("A_NEW_TYPE", "[4]", 7)]
    [InlineData("I16", "[1,1,1,1,1,1,1,1,1,2]", 4)]
    [InlineData("U64", "[65536,65536,65536,65536,0]", 0)]
    public void Read_TensorOfAnotherType_IsPassedOverUntilItIsRead(string type, string shape, int length)
    {
        var header = $$$"""{"a":{{{Entry}}},"b":{"dtype":"{{{type}}}","shape":{{{shape}}},"data_offsets":[8,{{{8 + length}}}]}}""";
        using var reader = SafetensorsReader.Read(new MemoryStream(SafetensorsBytes.Build(header, 8 + length)), "x");
        Assert.Equal([BitConverter.ToSingle([0, 1, 2, 3]), BitConverter.ToSingle([4, 5, 6, 7])], reader.ReadFloat32("a").ToArray());
        Assert.False(reader.Tensors["b"].IsReadable);
        var error = Assert.Throws<CheckpointFormatException>(() => reader.ReadFloat32("b"));
        Assert.Equal($"x: tensor 'b': expected F32, F16, BF16 or F64 values, found {type}.", error.Message);
    }

    [Fact]
    public void ReadFloat32_Float64_IsRounded()
    {
        double[] values = [0.1, -2.5, 1e-50];
        var header = """{"a":{"dtype":"F64","shape":[3],"data_offsets":[0,24]}}""";
        byte[] bytes = [.. SafetensorsBytes.Build(header, 0), .. values.SelectMany(BitConverter.GetBytes)];
        using var reader = SafetensorsReader.Read(new MemoryStream(bytes), "x");
        Assert.Equal([0.1f, -2.5f, 0], reader.ReadFloat32("a").ToArray());
        Assert.Equal("F64", reader.Tensors["a"].TypeName);
    }

    [Theory]
    [InlineData("""{"format":"pt"}""")]
    [InlineData("""{"epoch":3,"nested":{"a":[1,2,{"b":null}]}}""")]
    [InlineData("null")]
    [InlineData("\"a\"")]
    public void Read_AnyMetadata_IsPassedOver(string metadata)
    {
        var header = $$"""{"a":{{Entry}},"__metadata__":{{metadata}}}""";
        using var reader = SafetensorsReader.Read(new MemoryStream(SafetensorsBytes.Build(header, 8)), "x");
        Assert.Equal(["a"], reader.Tensors.Keys);
    }

    [Fact]
    public void Read_TooManyTensors_Throws()
    {
        var entries = Enumerable.Range(0, 16_385).Select(i => $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        var bytes = SafetensorsBytes.Build("{" + string.Join(',', entries) + "}", 0);
        Assert.Throws<CheckpointFormatException>(() => SafetensorsReader.Read(new MemoryStream(bytes), "x"));
    }

    [Fact]
    public void Read_StreamThatDribbles_GivesTheValues()
    {
        var bytes = File.ReadAllBytes(Fixture.Path("micro/model.safetensors"));
        using var expected = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        using var reader = SafetensorsReader.Read(new DribblingStream(bytes), "x");
        foreach (var name in expected.Tensors.Keys)
        {
            Assert.Equal(expected.ReadFloat32(name).ToArray(), reader.ReadFloat32(name).ToArray());
        }
    }

    /// <summary>Gives an odd number of bytes at a time and does not know its length, as streams out of archives.</summary>
    private sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 9973)]);
    }
}
