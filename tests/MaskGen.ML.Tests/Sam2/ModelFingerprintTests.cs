using System.Runtime.InteropServices;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests.Checkpoints;
using MaskGen.ML.Tests.Models;

namespace MaskGen.ML.Tests.Sam2;

public class ModelFingerprintTests
{
    private const string Needed = "mask_decoder.iou_token.weight";
    private const string MetasNeeded = "sam_mask_decoder.iou_token.weight";

    [Fact]
    public void Compute_SameWeightsInOtherFiles_IsTheSame()
    {
        Assert.Matches("^[0-9a-f]{32}$", TestCheckpoint.Expected);
        Assert.Equal(TestCheckpoint.Expected, TestCheckpoint.FingerprintOf(Fixture.Path("micro/micro.pt")));
        using var checkpoint = new TestCheckpoint();
        Assert.Equal(
            TestCheckpoint.Expected,
            TestCheckpoint.FingerprintOf(checkpoint.WriteTorch("another name.bin", false, tensors => TorchFile.StateDict(tensors))));
    }

    [Fact]
    public void Of_Precision_IsAnotherForInt8Alone()
    {
        var int8 = ModelFingerprint.Of(TestCheckpoint.Expected, EncoderPrecision.Int8);

        Assert.Equal(TestCheckpoint.Expected, ModelFingerprint.Of(TestCheckpoint.Expected, EncoderPrecision.Float32));
        Assert.Matches("^[0-9a-f]{32}$", int8);
        Assert.NotEqual(TestCheckpoint.Expected, int8);
        Assert.NotEqual(int8, ModelFingerprint.Of(int8, EncoderPrecision.Int8));
    }

    [Fact]
    public void Compute_OtherConfigurationOrValue_IsAnother()
    {
        using var opened = TestModel.Open("micro");
        var seen = new HashSet<string> { TestCheckpoint.Expected };
        Assert.False(seen.Add(Compute(opened.Config, opened.Weights)));

        // What changes the answer without changing a shape.
        var trunk = opened.Config.Trunk;
        Assert.True(seen.Add(Compute(opened.Config with { Trunk = trunk with { GlobalAttentionBlocks = [4] } }, opened.Weights)));
        Assert.True(seen.Add(Compute(opened.Config with { Trunk = trunk with { LayerNormEpsilon = 1e-5f } }, opened.Weights)));
        Assert.True(seen.Add(Compute(opened.Config with { ImageSize = 160 }, opened.Weights)));
        Assert.True(seen.Add(Compute(
            opened.Config with { MaskDecoder = opened.Config.MaskDecoder with { DynamicMultimaskStabilityThreshold = 0.9f } },
            opened.Weights)));

        foreach (var name in Sam2CheckpointContract.RequiredTensors(opened.Config).Keys.Where((_, i) => i % 40 == 0))
        {
            var changed = new ChangedCheckpoint(
                opened.Weights, name,
                values => values[^1] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(values[^1]) ^ 1));
            Assert.True(seen.Add(Compute(opened.Config, changed)), name);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void OpenVerified_WeightThatIsNotFinite_NamesTensorAndPlace(float value)
    {
        foreach (var type in new[] { "F32", "F16", "BF16", "F64" })
        {
            using var checkpoint = new TestCheckpoint();
            foreach (var path in new[] { WriteSafetensors(checkpoint, type, Needed, value),
                WriteTorch(checkpoint, type, MetasNeeded, value) })
            {
                var error = Assert.Throws<CheckpointFormatException>(() => TestCheckpoint.FingerprintOf(path));
                Assert.Equal(path, error.CheckpointSource);
                Assert.Equal(Needed, error.Tensor);
                Assert.EndsWith($"expected finite values, found {value} at index 3.", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void OpenVerified_Float64BeyondFloat32_IsNotFinite()
    {
        using var checkpoint = new TestCheckpoint();
        var path = WriteSafetensors(checkpoint, "F64", Needed, double.MaxValue);
        Assert.Equal(Needed, Assert.Throws<CheckpointFormatException>(() => TestCheckpoint.FingerprintOf(path)).Tensor);
    }

    [Fact]
    public void OpenVerified_NaNThatTheImageModelDoesNotUse_IsNoError()
    {
        using var checkpoint = new TestCheckpoint();
        var unused = SafetensorsBytes.Float32("memory_encoder.weight", [2], [float.NaN, float.PositiveInfinity]);
        Assert.Equal(
            TestCheckpoint.Expected,
            TestCheckpoint.FingerprintOf(checkpoint.WriteSafetensors("x.safetensors", false, name => name, unused)));

        TorchFile.Storage storage = new("nan", "FloatStorage", MemoryMarshal.AsBytes<float>([float.NaN, float.NaN]).ToArray(), 2);
        var path = checkpoint.WriteTorch(
            "x.pt", true, tensors => TorchFile.StateDict([.. tensors, new("memory_attention.weight", "nan", 0, [2], [1])]), false, storage);
        Assert.Equal(TestCheckpoint.Expected, TestCheckpoint.FingerprintOf(path));
    }

    [Fact]
    public void Describe_NaN_Throws()
    {
        using var checkpoint = new TestCheckpoint();
        var model = Sam2Model.FromFile(WriteSafetensors(checkpoint, "F32", Needed, double.NaN));
        Assert.Throws<CheckpointFormatException>(model.Describe);
    }

    private static string WriteSafetensors(TestCheckpoint checkpoint, string type, string name, double value) =>
        checkpoint.Write("x.safetensors", SafetensorsBytes.Build(
        [.. TestCheckpoint.Tensors(isMeta: false).Select(t => t.Name == name ? new SafetensorsBytes.Tensor(name, type, t.Shape, Encode(t, type, value)) : SafetensorsBytes.Float32(t.Name, t.Shape, t.Values.Span))]));

    private static string WriteTorch(TestCheckpoint checkpoint, string type, string name, double value)
    {
        var source = TestCheckpoint.Tensors(isMeta: true);
        var (tensors, storages) = MetaCheckpoint.Torch(source);
        var index = tensors.FindIndex(t => t.Name == name);
        var storage = type switch { "F32" => "FloatStorage", "F16" => "HalfStorage", "BF16" => "BFloat16Storage", _ => "DoubleStorage" };
        storages[index] = storages[index] with { Type = storage, Bytes = Encode(source[index], type, value) };
        return checkpoint.Write("x.pt", TorchFile.Checkpoint(tensors, storages));
    }

    // The tensor's values with one of them replaced.
    private static byte[] Encode(MetaCheckpoint.Tensor tensor, string type, double value)
    {
        var values = tensor.Values.ToArray().Select(v => (double)v).ToArray();
        values[3] = value;
        return [.. values.SelectMany(v => type switch
        {
            "F32" => BitConverter.GetBytes((float)v),
            "F16" => BitConverter.GetBytes((Half)v),
            "BF16" => BitConverter.GetBytes((float)v)[2..],
            _ => BitConverter.GetBytes(v),
        })];
    }

    /// <summary>A checkpoint with one tensor changed.</summary>
    private sealed class ChangedCheckpoint(ICheckpoint original, string name, Action<float[]> change) : ICheckpoint
    {
        public string Source => original.Source;

        public IReadOnlyDictionary<string, TensorDescription> Tensors => original.Tensors;

        public ReadOnlyMemory<float> ReadFloat32(string tensor)
        {
            var values = original.ReadFloat32(tensor);
            if (tensor != name)
            {
                return values;
            }

            var changed = values.ToArray();
            change(changed);
            return changed;
        }

        public void Dispose()
        {
        }
    }

    private static string Compute(Sam2ModelConfig config, ICheckpoint weights) =>
        ModelFingerprint.Compute(config, Sam2CheckpointContract.RequiredTensors(config), weights);
}
