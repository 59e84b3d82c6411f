using System.IO.Compression;
using System.Reflection;
using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Tests.Checkpoints;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Damaged model files: each ends in an error or gives what the whole file gives, never other masks.</summary>
public sealed class SavedStageFuzzTests(SavedStageFuzzTests.SavedModels models) : IClassFixture<SavedStageFuzzTests.SavedModels>
{
    private static readonly string[] OurParts = ["stage.json", "options.json", "config.json", "model.safetensors"];

    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Stages => [.. SavedModels.Names];

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_OneByteOfAnyEntryChanged_IsRefusedOrTheSame(string stage) => ChangeBytes(stage, most: 2);

    [Theory(Explicit = true)]
    [MemberData(nameof(Stages))]
    public void Load_EveryByteOfTheSmallEntriesChanged_IsRefusedOrTheSame(string stage) => ChangeBytes(stage, most: 10_000);

    [Property(MaxTest = 30)]
    public void Load_OneByteOfTheWeightsChanged_IsRefused(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var stage = SavedModels.WithWeights[random.Next(SavedModels.WithWeights.Length)];
        var (name, bytes) = models.Entries[stage].Single(entry => entry.Key.EndsWith("model.safetensors", StringComparison.Ordinal));
        var damaged = (byte[])bytes.Clone();
        damaged[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
        Load(stage, Archive(models.Entries[stage], name, damaged), name);
    }

    [Property(MaxTest = 30)]
    public void Load_EntryCutOrMutated_IsRefusedOrTheSame(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var stage = SavedModels.Names[random.Next(SavedModels.Names.Length)];
        var entries = models.Entries[stage];
        var (name, bytes) = entries.ElementAt(random.Next(entries.Count));
        var damaged = random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : Mutation.Apply(bytes, seed.Item, hotLength: 4096);
        Load(stage, Archive(entries, name, damaged), OurParts.Any(name.EndsWith) && !damaged.AsSpan().SequenceEqual(bytes) ? name : null);
    }

    [Property(MaxTest = 30)]
    public void Load_ArchiveCutOrMutated_IsRefusedOrTheSame(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var stage = SavedModels.Names[random.Next(SavedModels.Names.Length)];
        var bytes = models.Files[stage];
        Load(stage, random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : Mutation.Apply(bytes, seed.Item), null);
    }

    // In archives that are whole again, so that no checksum of theirs helps.
    private void ChangeBytes(string stage, int most)
    {
        var entries = models.Entries[stage];
        var random = new Random(most);
        foreach (var (name, bytes) in entries.Where(entry => entry.Value.Length < 10_000))
        {
            var places = Enumerable.Range(0, bytes.Length).ToArray();
            random.Shuffle(places);
            foreach (var place in places.Take(most))
            {
                var damaged = (byte[])bytes.Clone();
                damaged[place] ^= (byte)random.Next(1, 256);
                Load(stage, Archive(entries, name, damaged), OurParts.Any(name.EndsWith) ? name : null);
            }
        }
    }

    /// <param name="stage">Which model it was.</param>
    /// <param name="file">The damaged file.</param>
    /// <param name="part">The part of ours that is damaged and has to be named, or null where ML.NET may be the one to refuse.</param>
    private void Load(string stage, byte[] file, string? part)
    {
        ITransformer model;
        try
        {
            model = _ml.Model.Load(new MemoryStream(file), out _);
        }
        catch (Exception e)
        {
            if (part is not null)
            {
                var cause = Assert.IsType<TargetInvocationException>(e).InnerException;
                Assert.True(cause is FormatException or CheckpointFormatException, $"{cause}");
                Assert.Contains(Path.GetFileName(part), cause.Message, StringComparison.Ordinal);
            }

            return;
        }

        // What it would compute hangs on nothing but what it would save; running each would take minutes.
        Assert.Null(part);
        var again = SavedModels.EntriesOf(SavedModels.Save(_ml, stage, model));
        Assert.All(
            models.Entries[stage].Where(entry => OurParts.Any(entry.Key.EndsWith)),
            entry => Assert.True(entry.Value.AsSpan().SequenceEqual(again[entry.Key]), entry.Key));
        (model as IDisposable)?.Dispose();
    }

    private static byte[] Archive(IReadOnlyDictionary<string, byte[]> entries, string changed, byte[] content)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create))
        {
            foreach (var (name, bytes) in entries)
            {
                using var stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                stream.Write(name == changed ? content : bytes);
            }
        }

        return memory.ToArray();
    }

    /// <summary>One saved model of each stage.</summary>
    public sealed class SavedModels
    {
        public static readonly string[] WithWeights = ["encode", "decode", "generate"];
        public static readonly string[] Names = ["preprocess", "expand", .. WithWeights];

        public SavedModels()
        {
            var ml = new MLContext(seed: 1);
            foreach (var name in Names)
            {
                var data = Data(ml, name);
                ITransformer transformer = name switch
                {
                    "preprocess" => ml.Transforms.PreprocessSam2Images("Out", "Image", new() { Model = StageData.Micro }).Fit(data),
                    "expand" => ml.Transforms.ExpandMasks("Out", "Masks", "Image").Fit(data),
                    "encode" => ml.Transforms.EncodeSam2Images("Out", "Image", new() { Model = StageData.Micro }).Fit(data),
                    "decode" => ml.Transforms.DecodeSam2Prompts("Out", "Embedding", StageData.PlainPromptOptions).Fit(data),
                    _ => ml.Transforms.GenerateMasks("Out", "Image", StageData.GenerationOptions).Fit(data),
                };
                Files[name] = Save(ml, name, transformer);
                Entries[name] = EntriesOf(Files[name]);
                (transformer as IDisposable)?.Dispose();
            }
        }

        public Dictionary<string, byte[]> Files { get; } = [];

        public Dictionary<string, IReadOnlyDictionary<string, byte[]>> Entries { get; } = [];

        public static byte[] Save(MLContext ml, string name, ITransformer transformer)
        {
            using var memory = new MemoryStream();
            ml.Model.Save(transformer, Data(ml, name).Schema, memory);
            return memory.ToArray();
        }

        public static IReadOnlyDictionary<string, byte[]> EntriesOf(byte[] file)
        {
            using var archive = new ZipArchive(new MemoryStream(file));
            return archive.Entries.ToDictionary(entry => entry.FullName, Read);
        }

        private static IDataView Data(MLContext ml, string name) => name switch
        {
            "decode" => StageData.PlainPrompts(ml),
            "expand" => StageData.Masks(ml),
            _ => StageData.Images(ml),
        };

        private static byte[] Read(ZipArchiveEntry entry)
        {
            using var stream = entry.Open();
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        }
    }
}
