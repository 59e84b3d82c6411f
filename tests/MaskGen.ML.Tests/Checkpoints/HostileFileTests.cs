using System.Buffers.Binary;
using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests.Sam2;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Damaged files end in <see cref="CheckpointFormatException"/> or are read; nothing else happens, and memory stays in
/// proportion.</summary>
public class HostileFileTests
{
    /// <summary>What a reader may allocate beyond twice the file: its fixed buffers and limits, whatever the file.</summary>
    private const long FixedCost = 8 << 20;

    private static readonly byte[] SmallSafetensors = MakeSmallSafetensors();
    private static readonly byte[] SmallTorch = MakeSmallTorch(out SmallPickle);
    private static readonly byte[] SmallPickle;
    private static readonly byte[] Config = File.ReadAllBytes(Fixture.Path("nano/config.json"));
    private static readonly byte[] Micro = File.ReadAllBytes(Fixture.Path("micro/model.safetensors"));
    private static readonly byte[] LegacyTorch = File.ReadAllBytes(Fixture.Path("pickles/legacy.pt"));
    private static readonly byte[][] Objects =
        [.. new[] { "inert-protocol2", "inert-protocol4", "module" }
            .Select(name => File.ReadAllBytes(Fixture.Path($"pickles/{name}.pkl")))];

    private static readonly byte[] MicroTorch = File.ReadAllBytes(Fixture.Path("micro/micro.pt"));

    [Property(MaxTest = 3000)]
    public void Safetensors_Mutated_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(SmallSafetensors, seed.Item, HeaderLength(SmallSafetensors));
        ReadAll(bytes, seed.Item % 2 == 0, b => SafetensorsReader.Read(new MemoryStream(b), "x"), SafetensorsReader.Open);
    }

    [Property(MaxTest = 150)]
    public void Safetensors_MutatedMicro_IsReadOrRefused(DoNotSize<int> seed) =>
        ReadAll(
            Mutation.Apply(Micro, seed.Item, HeaderLength(Micro)), mapped: false, b => SafetensorsReader.Read(new MemoryStream(b), "x"),
            SafetensorsReader.Open);

    [Property(MaxTest = 3000)]
    public void Pickle_Mutated_IsReadOrRefused(DoNotSize<int> seed) =>
        ReadAll(
            TorchFile.WithPickle(Mutation.Apply(SmallPickle, seed.Item)), mapped: false,
            b => TorchCheckpointReader.Read(new MemoryStream(b), "x"), TorchCheckpointReader.Open);

    [Property(MaxTest = 3000)]
    public void Archive_Mutated_IsReadOrRefused(DoNotSize<int> seed) =>
        ReadAll(
            Mutation.Apply(SmallTorch, seed.Item), seed.Item % 2 == 0, b => TorchCheckpointReader.Read(new MemoryStream(b), "x"),
            TorchCheckpointReader.Open);

    [Property(MaxTest = 150)]
    public void Archive_MutatedMicro_IsReadOrRefused(DoNotSize<int> seed) =>
        ReadAll(
            Mutation.Apply(MicroTorch, seed.Item, 36_000), mapped: false, b => TorchCheckpointReader.Read(new MemoryStream(b), "x"),
            TorchCheckpointReader.Open);

    [Property(MaxTest = 3000)]
    public void Config_Mutated_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(Config, seed.Item);
        Allow(bytes.Length, () =>
        {
            // What is accepted can be written and read again.
            var config = Sam2ModelConfigReader.Read(new MemoryStream(bytes), "x");
            Sam2ModelConfigReader.Parse(Sam2ModelConfigWriter.Write(config), "written");
        });
    }

    [Property(MaxTest = 3000)]
    public void Configuration_OfRandomFields_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = RandomConfig.Create(seed.Item);
        Allow(bytes.Length, () => Sam2ModelConfigReader.Read(new MemoryStream(bytes), "x"));
    }

    [Property(MaxTest = 1000)]
    public void Index_Mutated_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(
            """{"metadata": {"total_size": 5}, "weight_map": {"a.weight": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"""u8.ToArray(),
            seed.Item);
        using var folder = new TestFolder();
        var path = folder.Write("model.safetensors.index.json", bytes.Length == 0 ? [0] : bytes);
        Allow(bytes.Length, () =>
        {
            foreach (var file in ShardIndex.Read(path).Files.Values)
            {
                Assert.StartsWith(folder.Path + Path.DirectorySeparatorChar, Path.GetFullPath(file), StringComparison.Ordinal);
            }
        });
    }

    [Property(MaxTest = 1000)]
    public void LegacyTorch_Mutated_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(LegacyTorch, seed.Item, 1000);
        ReadAll(bytes, seed.Item % 2 == 0, b => TorchCheckpointReader.Read(new MemoryStream(b), "x"), TorchCheckpointReader.Open);
    }

    [Property(MaxTest = 3000)]
    public void PickledObjects_Mutated_AreReadOrRefused(DoNotSize<int> seed) => ReadAll(
        TorchFile.WithPickle(Mutation.Apply(Objects[Math.Abs(seed.Item % Objects.Length)], seed.Item)),
        mapped: false,
        b => TorchCheckpointReader.Read(new MemoryStream(b), "x"),
        TorchCheckpointReader.Open);

    [Property(MaxTest = 300)]
    public void AnyFile_MutatedOrCut_IsOpenedOrRefused(DoNotSize<int> seed)
    {
        // From the first byte on, so that every form of file is recognised or not.
        byte[][] originals = [SmallSafetensors, SmallTorch, LegacyTorch, Config];
        var bytes = Mutation.Apply(originals[Math.Abs(seed.Item % originals.Length)], seed.Item, 64);
        using var folder = new TestFolder();
        var path = folder.Write(seed.Item % 3 == 0 ? "x.pt" : "x.safetensors", bytes);
        Allow(bytes.Length, () => ReadTensors(WeightsFile.Open(path)));
    }

    [Property(MaxTest = 1000)]
    public void Metadata_Mutated_IsReadOrRefused(DoNotSize<int> seed)
    {
        var bytes = Mutation.Apply(
            """{"name": "nano", "recommended_thresholds": {"predicted_iou": 0.6, "stability_score": 0.8}}"""u8.ToArray(), seed.Item);
        Allow(bytes.Length, () => Sam2ModelMetadata.Read(new MemoryStream(bytes), "x"));
    }

    [Fact]
    public void Mutation_OfSmallFiles_LetsSomeThrough()
    {
        // Otherwise the properties above would only ever see the first check.
        var read = Enumerable.Range(0, 500).Count(seed =>
        {
            try
            {
                using var reader = SafetensorsReader.Read(
                    new MemoryStream(Mutation.Apply(SmallSafetensors, seed, HeaderLength(SmallSafetensors))), "x");
                return true;
            }
            catch (CheckpointFormatException)
            {
                return false;
            }
        });
        Assert.InRange(read, 1, 499);
    }

    private static void ReadAll(byte[] bytes, bool mapped, Func<byte[], ICheckpoint> read, Func<string, ICheckpoint> open)
    {
        if (!mapped)
        {
            Allow(bytes.Length, () => ReadTensors(read(bytes)));
            return;
        }

        using var folder = new TestFolder();
        var path = folder.Write("x", bytes);
        Allow(bytes.Length, () => ReadTensors(open(path)));
    }

    private static void ReadTensors(ICheckpoint checkpoint)
    {
        using (checkpoint)
        {
            foreach (var (name, description) in checkpoint.Tensors)
            {
                if (description.IsReadable)
                {
                    Assert.Equal(description.Count, checkpoint.ReadFloat32(name).Length);
                }
                else
                {
                    Assert.Throws<CheckpointFormatException>(() => checkpoint.ReadFloat32(name));
                }
            }
        }
    }

    private static void Allow(long length, Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            action();
        }
        catch (CheckpointFormatException e)
        {
            Assert.NotEmpty(e.CheckpointSource);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2 * length) + FixedCost);
    }

    private static int HeaderLength(byte[] safetensors) => 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(safetensors);

    private static byte[] MakeSmallSafetensors()
    {
        const string Header = """{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"BF16","shape":[],"data_offsets":[32,34]},"d":{"dtype":"F32","shape":[0],"data_offsets":[34,34]}}""";
        return SafetensorsBytes.Build(Header, 34);
    }

    private static byte[] MakeSmallTorch(out byte[] pickle)
    {
        TorchFile.Tensor[] tensors =
        [
            new("image_encoder.trunk.a", "0", 0, [2, 2], [2, 1]),
            new("sam_mask_decoder.iou_prediction_head.layers.0.weight", "0", 0, [2, 2], [1, 2]),
            new("sam_prompt_encoder.point_embeddings.0.weight", "0", 0, [1, 2], [2, 1]),
            new("sam_prompt_encoder.point_embeddings.1.weight", "0", 2, [1, 2], [2, 1]),
            new(MetaTensorNames.PositionalMatrix, "0", 0, [4], [1]),
            new("memory_encoder.x", "0", 0, [4], [1]),
        ];
        var file = TorchFile.Checkpoint(tensors, [new TorchFile.Storage("0", "FloatStorage", new byte[16], 4)]);
        using var source = MemoryByteSource.Read(new MemoryStream(file));
        var member = ZipDirectory.Read(source, "x")["archive/data.pkl"];
        pickle = source.GetSpan(member.Offset, (int)member.Length).ToArray();
        return file;
    }
}
