using System.Runtime.InteropServices;
using System.Text;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class TorchCheckpointReaderTests
{
    // By Python's own pickle module, protocols 2 and 4: {"model": OrderedDict with a tensor, a parameter and _metadata, "epoch": 70000,
    // "big": 2**40, "neg": -2**33, "loss": 0.5, "list": [1, (3, 4, 5, 6)], "none": None}, both transposed looks at one storage.
    private const string PickledByPython2 =
        "gAJ9cQAoWAUAAABtb2RlbHEBY2NvbGxlY3Rpb25zCk9yZGVyZWREaWN0CnECKVJxAyhYFQAAAGltYWdlX2VuY29kZXIudHJ1bmsuYXEEY3RvcmNoLl91dGls"
        + "cwpfcmVidWlsZF90ZW5zb3JfdjIKcQUoKFgHAAAAc3RvcmFnZXEGY3RvcmNoCkZsb2F0U3RvcmFnZQpxB1gBAAAAMHEIWAMAAABjcHVxCUsEdHEKUUsASwJL"
        + "AoZxC0sBSwKGcQyJaAIpUnENdHEOUnEPWBUAAABpbWFnZV9lbmNvZGVyLnRydW5rLmJxEGN0b3JjaC5fdXRpbHMKX3JlYnVpbGRfcGFyYW1ldGVyCnERaAUo"
        + "KGgGaAdoCGgJSwR0cRJRSwBoC2gMiWgCKVJxE3RxFFJxFYhoAilScRaHcRdScRh1fXEZWAkAAABfbWV0YWRhdGFxGmgCKVJxG1gAAAAAcRx9cR1YBwAAAHZl"
        + "cnNpb25xHksBc3NzYlgFAAAAZXBvY2hxH0pwEQEAWAMAAABiaWdxIIoGAAAAAAABWAMAAABuZWdxIYoFAAAAAP5YBAAAAGxvc3NxIkc/4AAAAAAAAFgEAAAA"
        + "bGlzdHEjXXEkKEsBKEsDSwRLBUsGdHElZVgEAAAAbm9uZXEmTnUu";

    private const string PickledByPython4 =
        "gASVlgEAAAAAAAB9lCiMBW1vZGVslIwLY29sbGVjdGlvbnOUjAtPcmRlcmVkRGljdJSTlClSlCiMFWltYWdlX2VuY29kZXIudHJ1bmsuYZSMDHRvcmNoLl91"
        + "dGlsc5SMEl9yZWJ1aWxkX3RlbnNvcl92MpSTlCgojAdzdG9yYWdllIwFdG9yY2iUjAxGbG9hdFN0b3JhZ2WUk5SMATCUjANjcHWUSwR0lFFLAEsCSwKGlEsB"
        + "SwKGlIloBClSlHSUUpSMFWltYWdlX2VuY29kZXIudHJ1bmsuYpRoB4wSX3JlYnVpbGRfcGFyYW1ldGVylJOUaAkoKGgKaA1oDmgPSwR0lFFLAGgRaBKJaAQp"
        + "UpR0lFKUiGgEKVKUh5RSlHV9lIwJX21ldGFkYXRhlGgEKVKUjACUfZSMB3ZlcnNpb26USwFzc3NijAVlcG9jaJRKcBEBAIwDYmlnlIoGAAAAAAABjANuZWeU"
        + "igUAAAAA/owEbG9zc5RHP+AAAAAAAACMBGxpc3SUXZQoSwEoSwNLBEsFSwZ0lGWMBG5vbmWUTnUu";

    [Fact]
    public void Open_Micro_GivesTheTensorsOfItsSafetensorsBitByBit()
    {
        using var expected = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        using var actual = ModelTensors.Find(TorchCheckpointReader.Open(Fixture.Path("micro/micro.pt")));
        AssertSame(expected, actual);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_WrittenAsMeta_GivesTheSameTensors(bool zip64)
    {
        using var expected = SafetensorsReader.Open(Fixture.Path("nano/model.safetensors"));
        using var actual = ModelTensors.Find(TorchCheckpointReader.Read(new MemoryStream(MetaCheckpoint.Write(expected, zip64)), "x"));
        AssertSame(expected, actual);
    }

    [Fact]
    public unsafe void ReadFloat32_ContiguousFloat32_IsAViewOfTheFile()
    {
        using var reader = TorchCheckpointReader.Open(Fixture.Path("micro/micro.pt"));
        using var first = reader.ReadFloat32("model.image_encoder.trunk.pos_embed").Pin();
        using var second = reader.ReadFloat32("model.image_encoder.trunk.pos_embed").Pin();
        Assert.True(first.Pointer == second.Pointer);
    }

    [Fact]
    public void ReadFloat32_StridedAndSharedStorage_GivesRowMajor()
    {
        var values = Enumerable.Range(0, 24).Select(i => (float)i).ToArray();
        var storage = new TorchFile.Storage("0", "FloatStorage", MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length);
        using var reader = Open([
            new("image_encoder.trunk.a", "0", 0, [2, 3, 4], [12, 4, 1]),
            new("image_encoder.trunk.transposed", "0", 0, [4, 6], [1, 4]),
            new("image_encoder.trunk.part", "0", 5, [2, 2], [12, 2]),
            new("image_encoder.trunk.scalar", "0", 23, [], []),
            new("image_encoder.trunk.one", "0", 3, [1, 4], [99, 1]),
            new("image_encoder.trunk.empty", "0", 24, [0, 4], [4, 1])], [storage]);

        Assert.Equal(values, Values(reader, "a"));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)((i / 6) + (i % 6 * 4))), Values(reader, "transposed"));
        Assert.Equal([5f, 7f, 17f, 19f], Values(reader, "part"));
        Assert.Equal([23f], Values(reader, "scalar"));
        Assert.Equal([3f, 4f, 5f, 6f], Values(reader, "one"));
        Assert.Empty(Values(reader, "empty"));
    }

    [Theory]
    [InlineData("HalfStorage")]
    [InlineData("BFloat16Storage")]
    [InlineData("cuda.HalfStorage")]
    public void ReadFloat32_SixteenBits_AreWidened(string type)
    {
        // More than one step of the strided copy.
        const int Rows = 3;
        const int Columns = 2000;
        var bits = Enumerable.Range(0, Rows * Columns)
            .Select(
                i =>
                    type != "BFloat16Storage"
                        ? BitConverter.HalfToUInt16Bits((Half)(i % 2048))
                        : (ushort)(BitConverter.SingleToUInt32Bits(i % 256) >> 16)).ToArray();
        float Expected(int i) => type != "BFloat16Storage" ? i % 2048 : i % 256;
        using var reader = Open(
            [new("image_encoder.trunk.a", "0", 0, [Rows, Columns], [Columns, 1]),
                new("image_encoder.trunk.transposed", "0", 0, [Columns, Rows], [1, Columns])],
            [new TorchFile.Storage("0", type, MemoryMarshal.AsBytes(bits.AsSpan()).ToArray(), bits.Length)]);

        Assert.Equal(
            type != "BFloat16Storage" ? TensorElementType.Float16 : TensorElementType.BFloat16,
            reader.Tensors["model.image_encoder.trunk.a"].ElementType);
        Assert.Equal(Enumerable.Range(0, bits.Length).Select(Expected), Values(reader, "a"));
        Assert.Equal(
            Enumerable.Range(0, bits.Length).Select(i => Expected((i / Rows) + (i % Rows * Columns))), Values(reader, "transposed"));
    }

    [Fact]
    public void ReadFloat32_Float64_IsRounded()
    {
        double[] values = [0.1, 2, 1e300, -3.5, 5, 6];
        using var reader = Open(
            [new("image_encoder.trunk.a", "0", 0, [2, 3], [3, 1]), new("image_encoder.trunk.transposed", "0", 0, [3, 2], [1, 3])],
            [new TorchFile.Storage("0", "DoubleStorage", MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length)]);
        Assert.Equal([0.1f, 2, float.PositiveInfinity, -3.5f, 5, 6], Values(reader, "a"));
        Assert.Equal([0.1f, -3.5f, 2, 5, float.PositiveInfinity, 6], Values(reader, "transposed"));
    }

    [Fact]
    public void ReadFloat32_FarApartInALargeStorage_GivesTheElements()
    {
        // What the tensor spans is far larger than the tensor, so that its elements are read one by one.
        var values = Enumerable.Range(0, 300_000).Select(i => (float)i).ToArray();
        using var reader = Open(
            [new("image_encoder.trunk.a", "0", 7, [3], [100_000]), new("image_encoder.trunk.b", "0", 1, [2, 2], [150_000, 2])],
            [new TorchFile.Storage("0", "FloatStorage", MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length)]);
        Assert.Equal([7f, 100_007, 200_007], Values(reader, "a"));
        Assert.Equal([1f, 3, 150_001, 150_003], Values(reader, "b"));
    }

    [Fact]
    public void Read_PickleThatWouldRunACommand_IsRefusedAndDoesNothing()
    {
        using var folder = new TestFolder();
        var trace = folder["was-here"];
        foreach (var module in new[] { "os", "posix", "nt", "torch.serialization.os" })
        {
            var pickle = Encoding.UTF8.GetBytes($"c{module}\nsystem\n(X\0\0\0\0touch {trace}tR.");
            pickle[Array.IndexOf(pickle, (byte)'X') + 1] = (byte)($"touch {trace}".Length);
            var error = Assert.Throws<CheckpointFormatException>(() => Read([0x80, 2, .. pickle]));
            Assert.Contains($"'{module}.system'", error.Message, StringComparison.Ordinal);
            Assert.Contains("nothing was executed", error.Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(trace));
    }

    [Theory]
    [InlineData("cbuiltins\neval\n.", "builtins.eval")]
    [InlineData("c__builtin__\nexec\n.", "__builtin__.exec")]
    [InlineData("cbuiltins\n__import__\n.", "builtins.__import__")]
    [InlineData("cbuiltins\nopen\n.", "builtins.open")]
    [InlineData("csubprocess\nPopen\n.", "subprocess.Popen")]
    [InlineData("cshutil\nrmtree\n.", "shutil.rmtree")]
    [InlineData("ctypes\nCodeType\n.", "types.CodeType")]
    [InlineData("crequests.api\nget\n.", "requests.api.get")]
    [InlineData("\u008c\u0013torch.serialization\u008c\u000eos.path.exists\u0093.", "torch.serialization.os.path.exists")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("\u008c\u0002os\u008c\u0006system\u0093.", "os.system")]
    [InlineData("(ios\nsystem\n.", "os.system")]
    [InlineData("(cos\nsystem\no.", "os.system")]
    [InlineData("\u0082\u0001.", "opcode")]
    [InlineData("}}}R.", "refused")]
    [InlineData("]N}b.", "state for an object")]
    [InlineData(".", "on its stack")]
    [InlineData("(.", "on its stack")]
    [InlineData("t.", "mark")]
    [InlineData("NNa.", "list")]
    [InlineData("]NNs.", "dictionary")]
    [InlineData("h\u0001.", "memory")]
    [InlineData("NN", "cut off")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ff", "cut off")]
    [InlineData("B\u00ff\u00ff\u00ff\u00ff", "cut off")]
    [InlineData("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "cut off")]
    [InlineData("C\u0005abc", "cut off")]
    [InlineData("X\u0010\0\0\0a", "cut off")]
    [InlineData("\u008a\u0009", "cut off")]
    [InlineData("cos", "end of its line")]
    [InlineData("\u0080\u0009", "protocol")]
    [InlineData("NQ.", "a storage")]
    [InlineData("(0.", "on its stack")]
    [InlineData("0.", "on its stack")]
    [InlineData("}(NNNu.", "odd number")]
    [InlineData("\u0097.", "opcode")]
    public void Read_WrongPickle_SaysWhatIsWrong(string opcodes, string message)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Read(Encoding.Latin1.GetBytes(opcodes)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PickleWithoutEnd_StopsEarly()
    {
        // Lists by the million in a small file.
        var error = Assert.Throws<CheckpointFormatException>(() => Read(Enumerable.Repeat((byte)']', 1 << 20).ToArray()));
        Assert.Contains("steps", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, new[] { 5 }, new[] { 1L }, "inside its storage")]
    [InlineData(1, new[] { 4 }, new[] { 1L }, "inside its storage")]
    [InlineData(-1, new[] { 4 }, new[] { 1L }, "inside its storage")]
    [InlineData(0, new[] { 2, 2 }, new[] { 3L, 1L }, "inside its storage")]
    [InlineData(0, new[] { 2, 100 }, new[] { 0L, 0L }, "inside its storage")]
    [InlineData(0, new[] { 2 }, new[] { 1L, 1L }, "a size and a stride that fit")]
    [InlineData(0, new[] { -2, 2 }, new[] { 2L, 1L }, "whole numbers from 0")]
    [InlineData(0, new[] { 2, 2 }, new[] { 2L, -1L }, "whole numbers from 0")]
    [InlineData(0, new[] { 2, 2 }, new[] { long.MaxValue, 1L }, "whole numbers from 0")]
    [InlineData(0, new[] { int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue }, new[] { 1L, 1L, 1L, 1L }, "inside its storage")]
    [InlineData(0, new[] { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, new[] { 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L }, "a size and a stride that fit")]
    public void Read_TensorOutsideItsStorage_IsAnErrorForWhoeverReadsIt(long offset, int[] shape, long[] strides, string message)
    {
        using var reader = Open(
            [new("image_encoder.trunk.a", "0", offset, shape, strides), new("image_encoder.trunk.b", "0", 0, [4], [1])],
            [new TorchFile.Storage("0", "FloatStorage", new byte[16], 4)]);
        var error = Assert.Throws<CheckpointFormatException>(() => Values(reader, "a"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.False(reader.Tensors["model.image_encoder.trunk.a"].IsReadable);
        Assert.Equal(new float[4], Values(reader, "b"));
    }

    [Theory]
    [InlineData("FloatStorage", 16, 5, "of 16 bytes instead of 20")]
    [InlineData("FloatStorage", 20, 4, "of 20 bytes instead of 16")]
    [InlineData("LongStorage", 32, 4, "torch.LongStorage")]
    [InlineData("ComplexFloatStorage", 32, 4, "torch.ComplexFloatStorage")]
    [InlineData("SomeNewStorage", 32, 4, "torch.SomeNewStorage")]
    public void Read_WrongStorage_IsAnErrorForWhoeverReadsIt(string type, int bytes, long count, string message)
    {
        using var reader = Open(
            [new("image_encoder.trunk.a", "0", 0, [4], [1]), new("image_encoder.trunk.b", "1", 0, [4], [1])],
            [new TorchFile.Storage("0", type, new byte[bytes], count), new TorchFile.Storage("1", "FloatStorage", new byte[16], 4)]);
        var error = Assert.Throws<CheckpointFormatException>(() => Values(reader, "a"));
        Assert.StartsWith(
            "file x: tensor 'model.image_encoder.trunk.a': expected F32, F16, BF16 or F64 values, found ", error.Message,
            StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(new float[4], Values(reader, "b"));
    }

    [Fact]
    public void Read_StorageThatIsNotInTheArchive_IsAnErrorForWhoeverReadsIt()
    {
        TorchFile.Storage[] storages = [new("0", "FloatStorage", new byte[16], 4), new("gone", "FloatStorage", new byte[16], 4)];
        var pickle = TorchPickleWriter.Write(
            TorchFile.StateDict([new("a", "0", 0, [4], [1]), new("b", "gone", 0, [4], [1])]), storages.ToDictionary(s => s.Key));
        using var reader = Read(pickle);
        Assert.Equal(new float[4], reader.ReadFloat32("a").ToArray());
        var error = Assert.Throws<CheckpointFormatException>(() => reader.ReadFloat32("b"));
        Assert.Contains("'gone'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SharedStorageThatGrows_Throws()
    {
        // A thousand transposed looks at one storage of 64 KB would take a thousand times its memory.
        var tensors = Enumerable.Range(0, 1000).Select(i => new TorchFile.Tensor($"image_encoder.trunk.{i}", "0", 0, [128, 128], [1, 128]));
        using var reader = Open(tensors, [new TorchFile.Storage("0", "FloatStorage", new byte[128 * 128 * 4], 128 * 128)]);
        reader.CheckCopies(reader.Tensors.Keys.Take(20));
        var error = Assert.Throws<CheckpointFormatException>(() => reader.CheckCopies(reader.Tensors.Keys));
        Assert.Contains("for a file of this size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_StorageMissingOrTwice_Throws()
    {
        byte[] pickle = [.. "}X\u0001\0\0\0a"u8];
        Assert.Throws<CheckpointFormatException>(
            () => TorchCheckpointReader.Read(new MemoryStream(TorchFile.Zip([("x/data.pkl", pickle), ("y/data.pkl", pickle)])), "x"));
        Assert.Throws<CheckpointFormatException>(
            () => TorchCheckpointReader.Read(new MemoryStream(TorchFile.Zip([("x/data.pkl", pickle), ("x/data.pkl", pickle)])), "x"));
        Assert.Throws<CheckpointFormatException>(
            () => TorchCheckpointReader.Read(new MemoryStream(TorchFile.Zip([("x/other", pickle)])), "x"));
        Assert.Throws<CheckpointFormatException>(
            () =>
                TorchCheckpointReader.Read(
                    new MemoryStream(TorchFile.Zip([("x/data.pkl", pickle), ("x/byteorder", "big"u8.ToArray())])), "x"));
    }

    [Theory]
    [InlineData(PickledByPython2)]
    [InlineData(PickledByPython4)]
    public void Read_WhatPythonPickles_IsRead(string pickle)
    {
        using var reader = Read(Convert.FromBase64String(pickle));
        Assert.Equal(["model.image_encoder.trunk.a", "model.image_encoder.trunk.b"], reader.Tensors.Keys.Order());
        Assert.All(reader.Tensors.Values, t => Assert.Equal([2, 2], t.Shape));
        Assert.Equal(new float[4], Values(reader, "b"));
    }

    [Fact]
    public void Read_CompressedMember_Throws()
    {
        using var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("archive/data.pkl").Open();
            entry.Write(new byte[1000]);
        }

        stream.Position = 0;
        Assert.Contains(
            "compression method 8", Assert.Throws<CheckpointFormatException>(() => TorchCheckpointReader.Read(stream, "x")).Message,
            StringComparison.Ordinal);
    }

    private static void AssertSame(ICheckpoint expected, ICheckpoint actual)
    {
        Assert.Equal(expected.Tensors.Keys.Order(), actual.Tensors.Keys.Order());
        foreach (var (name, description) in expected.Tensors)
        {
            Assert.Equal(description.Shape.AsSpan(), actual.Tensors[name].Shape.AsSpan());
            Assert.True(
                MemoryMarshal.AsBytes(expected.ReadFloat32(name).Span).SequenceEqual(MemoryMarshal.AsBytes(actual.ReadFloat32(name).Span)),
                name);
        }
    }

    private static TorchCheckpointReader Read(byte[] pickle) =>
        TorchCheckpointReader.Read(new MemoryStream(TorchFile.WithPickle(pickle)), "file x");

    private static TorchCheckpointReader Open(IEnumerable<TorchFile.Tensor> tensors, IReadOnlyCollection<TorchFile.Storage> storages) =>
        TorchCheckpointReader.Read(new MemoryStream(TorchFile.Checkpoint(tensors, storages)), "file x");

    private static float[] Values(TorchCheckpointReader reader, string name) =>
        reader.ReadFloat32("model.image_encoder.trunk." + name).ToArray();
}
