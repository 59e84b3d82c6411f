using System.Runtime.InteropServices;
using MaskGen.ML.Tests.Checkpoints;
using static MaskGen.ML.Tests.Checkpoints.TorchPickleWriter;
using static MaskGen.ML.Tests.Models.TestCheckpoint;

namespace MaskGen.ML.Tests.Models;

/// <summary>The content decides, not the wrapper: one model in every form that training code leaves it in is that model.</summary>
public class CheckpointContentTests
{
    public static TheoryData<string, bool> Prefixes => new MatrixTheoryData<string, bool>(
        ["", "module.", "_orig_mod.", "module._orig_mod.", "model.", "net.", "sam.", "state_dict.model.sam2.", "some.thing.else."],
        [true, false]);

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void FromFile_PrefixInSafetensors_IsTheModel(string prefix, bool isMeta)
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteSafetensors("model.safetensors", isMeta, name => prefix + name, OtherTypes);
        Assert.Equal(Expected, FingerprintOf(path));
    }

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void FromFile_PrefixInTorchFile_IsTheModel(string prefix, bool isMeta)
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch("last.ckpt", isMeta, tensors => TorchFile.StateDict(tensors, prefix));
        Assert.Equal(Expected, FingerprintOf(path));
    }

    [Theory]
    [InlineData("model")]
    [InlineData("state_dict")]
    [InlineData("model_state_dict")]
    [InlineData("ema")]
    [InlineData("state", "modules", "generator")]
    [InlineData("a", "b", "c", "d", "e", "f", "g")]
    public void FromFile_UnderKeys_IsTheModel(params string[] keys)
    {
        using var checkpoint = new TestCheckpoint();
        foreach (var (isMeta, isLegacy) in new[] { (true, false), (false, false), (true, true) })
        {
            var path = checkpoint.WriteTorch("x.pth", isMeta, tensors => Under(TorchFile.StateDict(tensors, "module."), keys), isLegacy);
            Assert.Equal(Expected, FingerprintOf(path));
        }
    }

    [Fact]
    public void FromFile_InAListOrATuple_IsTheModel()
    {
        using var checkpoint = new TestCheckpoint();
        Assert.Equal(
            Expected, FingerprintOf(checkpoint.WriteTorch("a.pt", true, tensors => new object?[] { 1, TorchFile.StateDict(tensors) })));
        Assert.Equal(
            Expected,
            FingerprintOf(checkpoint.WriteTorch("b.pt", true, tensors => new TorchPickleWriter.Tuple(TorchFile.StateDict(tensors), "x"))));
    }

    [Fact]
    public void FromFile_LightningCheckpoint_IsTheModel()
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch("epoch=3.ckpt", true, tensors => new Items(
            ("epoch", 3),
            ("global_step", 70_000L),
            ("pytorch-lightning_version", "2.1.0"),
            ("state_dict", TorchFile.StateDict(tensors, "sam.")),
            ("loops", new Items(("fit_loop", new Items(("state_dict", new Items()))))),
            ("callbacks", new Items(("ModelCheckpoint{'monitor': 'loss'}", new Items(("best_model_score", 0.5), ("dirpath", "/x"))))),
            ("optimizer_states", new object?[] { new Items(("state", new Items((0, new Items(("step", 3), ("exp_avg", tensors[0])))))) }),
            ("hyper_parameters",
                new Items(("model", Module(tensors)), ("args", new Instance("argparse", "Namespace", new Items(("lr", 1e-3))))))));
        Assert.Equal(Expected, FingerprintOf(path));
    }

    [Fact]
    public void FromFile_WeightsAndTheirAverage_IsTheWeights()
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch("x.pt", true, tensors => new Items(
            ("ema", TorchFile.StateDict(tensors.Select(t => t with { Shape = [1, .. t.Shape], Strides = [1, .. t.Strides] }))),
            ("model", TorchFile.StateDict(tensors))));
        Assert.Equal(Expected, FingerprintOf(path));
    }

    [Fact]
    public void FromFile_TwoThatMayBeMeant_NamesBoth()
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch(
            "x.pt", true, tensors => new Items(("student", TorchFile.StateDict(tensors)), ("teacher", TorchFile.StateDict(tensors))));
        var error = Assert.Throws<CheckpointFormatException>(() => FingerprintOf(path));
        Assert.Contains("under 'student.' and 'teacher.'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_WholeModule_IsTheModel()
    {
        using var checkpoint = new TestCheckpoint();
        Assert.Equal(Expected, FingerprintOf(checkpoint.WriteTorch("whole.pt", true, Module)));
        Assert.Equal(Expected, FingerprintOf(checkpoint.WriteTorch("whole2.pt", false, tensors => new Items(("net", Module(tensors))))));
    }

    [Fact]
    public void FromFile_WrappersInside_IsTheModel()
    {
        using var checkpoint = new TestCheckpoint();
        static string Rename(string name) => name
            .Replace("image_encoder.", "image_encoder._orig_mod.")
                .Replace(".blocks.1.", ".blocks.1._checkpoint_wrapped_module.").Replace("sam_mask_decoder.", "sam_mask_decoder.module.");
        Assert.Equal(Expected, FingerprintOf(checkpoint.WriteSafetensors("a.safetensors", true, Rename)));
        Assert.Equal(
            Expected,
            FingerprintOf(
                checkpoint.WriteTorch(
                    "b.pt", true, tensors => TorchFile.StateDict(tensors.Select(t => t with { Name = Rename(t.Name) })))));
    }

    [Fact]
    public void FromFile_InertObjectsBeside_AreNotExecuted()
    {
        using var checkpoint = new TestCheckpoint();
        foreach (var isLegacy in new[] { false, true })
        {
            var path = checkpoint.WriteTorch(
                "x.pt", true, tensors => new Items([.. InertObjects, ("model_state_dict", TorchFile.StateDict(tensors))]), isLegacy);
            Assert.Equal(Expected, FingerprintOf(path));
        }
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("subprocess", "run")]
    [InlineData("builtins", "eval")]
    public void FromFile_ACallThatRunsCodeBesideTheModel_IsRefused(string module, string name)
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch(
            "x.pt", true,
            tensors => new Items(("model", TorchFile.StateDict(tensors)), ("args", new Call(module, name, "touch was-here"))));
        var error = Assert.Throws<CheckpointFormatException>(() => FingerprintOf(path));
        Assert.Contains($"'{module}.{name}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was executed", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DoubleStorage", false)]
    [InlineData("DoubleStorage", true)]
    public void FromFile_Float64_IsTheModel(string type, bool isLegacy)
    {
        using var checkpoint = new TestCheckpoint();
        var (tensors, storages) = MetaCheckpoint.Torch(Tensors(isMeta: true));
        TorchFile.Storage[] wide =
            [.. storages.Select(s => s with { Type = type, Bytes = MemoryMarshal.AsBytes(ToDoubles(s.Bytes).AsSpan()).ToArray() })];
        var path = checkpoint.Write(
            "x.pt",
            isLegacy ? TorchFile.SaveLegacy(TorchFile.StateDict(tensors), wide) : TorchFile.Save(TorchFile.StateDict(tensors), wide));
        Assert.Equal(Expected, FingerprintOf(path));

        var safetensors = Tensors(isMeta: false)
            .Select(
                t =>
                    new SafetensorsBytes.Tensor(
                        t.Name, "F64", t.Shape,
                        MemoryMarshal.AsBytes(t.Values.ToArray().Select(v => (double)v).ToArray().AsSpan()).ToArray()));
        Assert.Equal(Expected, FingerprintOf(checkpoint.Write("x.safetensors", SafetensorsBytes.Build([.. safetensors]))));
    }

    [Theory]
    [InlineData("LongStorage", "torch.LongStorage")]
    [InlineData("CharStorage", "torch.CharStorage")]
    public void FromFile_NeededTensorOfAnotherType_SaysSo(string type, string message)
    {
        using var checkpoint = new TestCheckpoint();
        var (tensors, storages) = MetaCheckpoint.Torch(Tensors(isMeta: true));
        var index = tensors.FindIndex(t => t.Name == "sam_mask_decoder.iou_token.weight");
        storages[index] = storages[index] with { Type = type };
        var error = Assert.Throws<CheckpointFormatException>(
            () => FingerprintOf(checkpoint.Write("x.pt", TorchFile.Checkpoint(tensors, storages))));
        Assert.Contains(
            $"tensor 'mask_decoder.iou_token.weight': expected F32, F16, BF16 or F64 values, found {message}", error.Message,
            StringComparison.Ordinal);

        var path = checkpoint.Write(
            "x.safetensors", SafetensorsBytes.Build([.. Tensors(isMeta: false).Select(t => t.Name == "mask_decoder.iou_token.weight"
            ? new SafetensorsBytes.Tensor(t.Name, "F8_E4M3", t.Shape, new byte[t.Values.Length])
            : SafetensorsBytes.Float32(t.Name, t.Shape, t.Values.Span))]));
        error = Assert.Throws<CheckpointFormatException>(() => FingerprintOf(path));
        Assert.EndsWith(
            "tensor 'mask_decoder.iou_token.weight': expected F32, F16, BF16 or F64 values, found F8_E4M3.", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_NeededTensorMadeByAnUnknownFunction_SaysWhich()
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch("x.pt", true, tensors => new Items(
            [.. tensors.Select(t => ((object)t.Name, t.Name == "sam_mask_decoder.iou_token.weight"
                    ? new Call("torch._utils", "_rebuild_sparse_tensor", t)
                    : (object?)t))]));
        var error = Assert.Throws<CheckpointFormatException>(() => FingerprintOf(path));
        Assert.Contains("'mask_decoder.iou_token.weight'", error.Message, StringComparison.Ordinal);
        Assert.Contains("torch._utils._rebuild_sparse_tensor", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_MissingTensor_NamesIt()
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch(
            "x.pt", true,
            tensors => Under(TorchFile.StateDict(tensors.Where(t => t.Name != "sam_mask_decoder.iou_token.weight")), "state_dict"));
        Assert.Equal("mask_decoder.iou_token.weight", Assert.Throws<CheckpointFormatException>(() => FingerprintOf(path)).Tensor);
    }

    [Fact]
    public void FromFile_AnotherModel_SaysWhatWasSeen()
    {
        using var checkpoint = new TestCheckpoint();
        var path = checkpoint.WriteTorch("x.pt", true, tensors => new Items(
            ("epoch", 3),
            ("net",
                TorchFile.StateDict(
                    [tensors[0] with { Name = "backbone.layer1.weight" },
                        tensors[1] with { Name = "backbone.layer2.weight" }])), ("args", new Items())));
        var error = Assert.Throws<CheckpointFormatException>(() => FingerprintOf(path));
        Assert.Contains("'net.backbone.layer1.' (such as 'net.backbone.layer1.weight')", error.Message, StringComparison.Ordinal);

        path = checkpoint.WriteTorch("y.pt", true, _ => new Items(("epoch", 3), ("args", new Items())));
        error = Assert.Throws<CheckpointFormatException>(() => FingerprintOf(path));
        Assert.EndsWith("found a dictionary with the keys 'epoch', 'args'.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFile_ATensorTooMuchInTheModel_IsStillRefused()
    {
        // A configuration with fewer blocks than the weights would give other masks without a word.
        using var checkpoint = new TestCheckpoint();
        var extra = SafetensorsBytes.Float32("mask_decoder.more", [2], [1, 2]);
        var error = Assert.Throws<CheckpointFormatException>(
            () => FingerprintOf(checkpoint.WriteSafetensors("x.safetensors", false, name => name, extra)));
        Assert.Equal("mask_decoder.more", error.Tensor);
    }

    private static SafetensorsBytes.Tensor[] OtherTypes =>
    [
        new("steps", "I64", [1], new byte[8]), new("flags", "BOOL", [3], new byte[3]), new("u8", "U8", [3], new byte[3]),
        new("f64", "F64", [2], new byte[16]),
        new("f8", "F8_E5M2", [3], new byte[3]), new("head.weight", "F32", [2], new byte[8]),
        new("vision_encoder.position_ids", "I64", [2], new byte[16]),
        new("memory_encoder.a", "F32", [1], new byte[4]), new("new", "F2_WHATEVER", [7], new byte[2]),
    ];

    private static (object Key, object? Value)[] InertObjects =>
    [
        ("np",
            new Call(
                "numpy.core.multiarray", "scalar", new Call("numpy", "dtype", "f8", 0, 1), new Call("_codecs", "encode", "abc", "latin1"))),
        ("args", new Instance("argparse", "Namespace", new Items(("lr", 0.1), ("out", new Call("pathlib", "PosixPath", "tmp", "x"))))),
        ("when", new Call("datetime", "datetime", new Call("_codecs", "encode", "abc", "latin1"))),
        ("enum", new Call("__main__", "Color", 1)),
        ("nested", new Call("__builtin__", "getattr", new Opcodes("c__main__\nOuter\n"), "Inner")),
        ("device", new Call("torch", "device", "cuda", 0)),
        ("dtype", new Opcodes("ctorch\nfloat16\n")),
        ("size", new Call("torch", "Size", new TorchPickleWriter.Tuple(1, 2))),
        ("config",
            new Instance(
                "omegaconf.dictconfig", "DictConfig",
                new Items(("_content", new Items(("a", new Instance("omegaconf.nodes", "AnyNode", new Items(("_val", 3))))))))),
        ("set", new Call("__builtin__", "set", (object)new object?[] { 1, 2 })),
        ("frozen", new Opcodes("(K\u0001\u0091")),
        ("bytes", new Opcodes("C\u0003abc")),
        ("big", new Opcodes("\u008a\u0009\0\0\0\0\0\0\0\0\u0001")),
        ("text", new string('x', 10_000)),
        ("kwargs", new Opcodes("c__main__\nArguments\n)}\u0092")),
        ("popped", new Opcodes("NN0")),
        (3, "a key that is a number"),
    ];

    private static double[] ToDoubles(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v).ToArray();

    /// <summary>A module with everything below it, as torch saves one that is given to it whole.</summary>
    private static Instance Module(IEnumerable<TorchFile.Tensor> tensors) => Module(tensors.Select(t => (t.Name.Split('.'), t)), 0);

    private static Instance Module(IEnumerable<(string[] Parts, TorchFile.Tensor Tensor)> tensors, int level)
    {
        var groups = tensors.GroupBy(t => t.Parts[level]).ToList();
        return new Instance("sam2.modeling", "Part", new Items(
            ("training", true),
            ("_parameters",
                new Items(
                    [.. groups.Where(g => g.First().Parts.Length == level
                        + 1).Select(g =>
                            ((object)g.Key,
                                (object?)new Call("torch._utils", "_rebuild_parameter", g.First().Tensor, true, new Items())))])),
            ("_buffers", new Items()),
            ("_modules",
                new Items(
                    [.. groups.Where(g => g.First().Parts.Length > level
                        + 1).Select(g => ((object)g.Key, (object?)Module(g, level + 1)))]))));
    }
}
