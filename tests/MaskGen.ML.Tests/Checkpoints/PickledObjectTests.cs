using System.Text;
using MaskGen.ML.Checkpoints;
using static MaskGen.ML.Tests.Checkpoints.TorchPickleWriter;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>What torch itself saves, down to the opcodes: see the notes of the fixtures.</summary>
public class PickledObjectTests
{
    [Theory]
    [InlineData("inert-protocol2.pkl")]
    [InlineData("inert-protocol4.pkl")]
    public void Read_InertObjects_PassesOverThem(string file)
    {
        using var reader = Read(file);
        Assert.Equal(new float[4], reader.ReadFloat32("state_dict.a").ToArray());
        Assert.Equal([2, 2], reader.Tensors["state_dict.a"].Shape);

        // Those that are tensors are there, too; of some kinds by name only.
        Assert.Equal([2], reader.Tensors["parameter"].Shape);
        Assert.Equal("torch.LongStorage", reader.Tensors["i64"].TypeName);
        Assert.Equal("torch._utils._rebuild_sparse_tensor", reader.Tensors["sparse"].TypeName);
        Assert.Equal("torch._utils._rebuild_qtensor", reader.Tensors["quantized"].TypeName);
        Assert.Equal("a NumPy array", reader.Tensors["np_array"].TypeName);
        Assert.Equal([3, 2], reader.Tensors["layer.weight"].Shape);
    }

    [Fact]
    public void Read_WholeModule_GivesTheNamesOfItsStateDict()
    {
        using var reader = Read("module.pkl");
        Assert.Equal(["net.module.image_encoder.trunk.mean", "net.module.image_encoder.trunk.pos_embed"], reader.Tensors.Keys.Order());
        Assert.Equal([2, 2], reader.Tensors["net.module.image_encoder.trunk.pos_embed"].Shape);
    }

    [Fact]
    public void Open_LegacyForm_GivesTheValues()
    {
        using var reader = TorchCheckpointReader.Open(Fixture.Path("pickles/legacy.pt"));
        Assert.Equal([1f, 2, 3, 4], reader.ReadFloat32("model.a").ToArray());
        Assert.Equal([1f, 3, 2, 4], reader.ReadFloat32("model.b").ToArray());
        Assert.Equal([3f, 4], reader.ReadFloat32("model.c").ToArray());
        Assert.Equal([1f, 2, 3, 4], reader.ReadFloat32("model.h").ToArray());
        Assert.Equal(TensorElementType.Float16, reader.Tensors["model.h"].ElementType);
        Assert.False(reader.Tensors["model.i"].IsReadable);
    }

    [Fact]
    public void Read_LegacyFormOfProtocol4_GivesTheValues()
    {
        // The same, with its first pickle in a frame.
        var bytes = File.ReadAllBytes(Fixture.Path("pickles/legacy.pt"));
        byte[] framed = [0x80, 4, 0x95, 13, 0, 0, 0, 0, 0, 0, 0, .. bytes[2..]];
        using var reader = TorchCheckpointReader.Read(new MemoryStream(framed), "x");
        Assert.Equal([1f, 3, 2, 4], reader.ReadFloat32("model.b").ToArray());
    }

    [Fact]
    public void Open_LegacyFormCutOff_Throws()
    {
        using var folder = new TestFolder();
        var bytes = File.ReadAllBytes(Fixture.Path("pickles/legacy.pt"));
        for (var length = 0; length < bytes.Length; length++)
        {
            var path = folder.Write("cut.pt", bytes[..length]);
            Assert.Throws<CheckpointFormatException>(() => WeightsFile.Open(path));
        }
    }

    [Fact]
    public void Read_LegacyFormThatCannotBeRead_SaysHowToSaveAgain()
    {
        TorchFile.Storage[] storages = [new("0", "FloatStorage", new byte[16], 4), new("1", "SomeNewStorage", new byte[3], 1)];
        var bytes = TorchFile.SaveLegacy(TorchFile.StateDict([new("a", "0", 0, [4], [1]), new("b", "1", 0, [1], [1])]), storages);
        var error = Assert.Throws<CheckpointFormatException>(() => TorchCheckpointReader.Read(new MemoryStream(bytes), "x"));
        Assert.Contains("torch.save(torch.load(", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OtherWaysToPickleATensor_GivesTheValues()
    {
        byte[] bytes = [.. new[] { 1f, 2, 3, 4 }.SelectMany(BitConverter.GetBytes)];
        TorchFile.Storage[] storages = [new("f", "FloatStorage", bytes, 4), new("u", "UntypedStorage", bytes, 16)];
        var (shape, strides) = (new TorchPickleWriter.Tuple(2, 2), new TorchPickleWriter.Tuple(1, 2));
        var hooks = new Call("collections", "OrderedDict");
        object?[] arguments = [new StorageId("f"), 0, shape, strides, false, hooks];
        object?[] OfType(string type) =>
            [new StorageId("u"), 0, shape, strides, false, hooks, new Opcodes($"ctorch\n{type}\n"), new Items()];
        var file = TorchFile.Save(
            new Items(
                ("oldest", new Call("torch._utils", "_rebuild_tensor", arguments[..4])),
                ("v2", new Call("torch._utils", "_rebuild_tensor_v2", arguments)),
                ("v3", new Call("torch._utils", "_rebuild_tensor_v3", OfType("float32"))),
                ("half", new Call("torch._utils", "_rebuild_tensor_v3", OfType("float16"))),
                ("eight", new Call("torch._utils", "_rebuild_tensor_v3", OfType("float8_e4m3fn"))),
                ("parameter",
                    new Call("torch._utils", "_rebuild_parameter", new Call("torch._utils", "_rebuild_tensor_v2", arguments), true, hooks)),
                ("stateful",
                    new Call(
                        "torch._utils", "_rebuild_parameter_with_state", new Call("torch._utils", "_rebuild_tensor_v2", arguments), true,
                        hooks, new Items())),
                ("typed",
                    new Call(
                        "torch._tensor", "_rebuild_from_type_v2", new Opcodes("ctorch._utils\n_rebuild_tensor_v2\n"),
                        new Opcodes("cmine\nTensor\n"), new TorchPickleWriter.Tuple(arguments), new Items())),
                ("sparse",
                    new Call(
                        "torch._utils", "_rebuild_sparse_tensor", new Opcodes("ctorch\nsparse_coo\n"),
                        new TorchPickleWriter.Tuple(arguments)))),
            storages);
        using var reader = TorchCheckpointReader.Read(new MemoryStream(file), "x");
        foreach (var name in new[] { "oldest", "v2", "v3", "parameter", "stateful", "typed" })
        {
            Assert.Equal([1f, 3, 2, 4], reader.ReadFloat32(name).ToArray());
        }

        Assert.Equal(TensorElementType.Float16, reader.Tensors["half"].ElementType);
        Assert.Equal("a tensor of torch.float8_e4m3fn", reader.Tensors["eight"].TypeName);
        Assert.False(reader.Tensors["sparse"].IsReadable);
    }

    [Fact]
    public void Read_ObjectsInACircle_Ends()
    {
        // A list that holds itself, and an object whose state is itself.
        const string Pickle = "}(X\u0001\0\0\0a]q\u0001h\u0001aX\u0001\0\0\0bc__main__\nA\n)\u0081q\u0002h\u0002bu.";
        using var reader = TorchCheckpointReader.Read(new MemoryStream(TorchFile.WithPickle(Encoding.Latin1.GetBytes(Pickle))), "x");
        Assert.Empty(reader.Tensors);
    }

    [Theory]
    [InlineData("}(X\0\0\0\0Nu.", "a dictionary with the keys ''")]
    [InlineData("}.", "an empty dictionary")]
    [InlineData("].", "a list")]
    [InlineData("(K\u0001lK\u0002a.", "a list")]
    [InlineData("N.", "None")]
    [InlineData("K\u0001.", "a single value")]
    [InlineData("cmine\nConfig\n)R.", "an object of the type mine.Config")]
    [InlineData("cbuiltins\ngetattr\n.", "the type builtins.getattr")]
    [InlineData("ccollections\nOrderedDict\n)\u0081.", "an empty dictionary")]
    [InlineData("ccollections\nOrderedDict\n(](](X\u0001\0\0\0aNeetR.", "a dictionary with the keys 'a'")]
    [InlineData("(X\u0001\0\0\0aNd.", "a dictionary with the keys 'a'")]
    [InlineData("(imine\nConfig\n.", "an object of the type mine.Config")]
    [InlineData("(cmine\nConfig\nNo.", "an object of the type mine.Config")]
    public void Read_NoTensors_SaysWhatTheFileIs(string opcodes, string expected)
    {
        using var reader = TorchCheckpointReader.Read(new MemoryStream(TorchFile.WithPickle(Encoding.Latin1.GetBytes(opcodes))), "x");
        Assert.Empty(reader.Tensors);
        Assert.Equal(expected, reader.RootDescription);
        Assert.Contains(
            expected, Assert.Throws<CheckpointFormatException>(() => ModelTensors.Find(reader)).Message, StringComparison.Ordinal);
    }

    private static TorchCheckpointReader Read(string file) =>
        TorchCheckpointReader.Read(new MemoryStream(TorchFile.WithPickle(File.ReadAllBytes(Fixture.Path("pickles/" + file)))), file);
}
