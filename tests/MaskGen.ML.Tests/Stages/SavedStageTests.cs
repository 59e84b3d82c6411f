using System.IO.Compression;
using System.Text;
using MaskGen.ML.Checkpoints;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>What is in a saved stage, and what is said of one that cannot be read.</summary>
public sealed class SavedStageTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Stages => [.. Estimators.Keys];

    private static Dictionary<string, Func<MLContext, (IEstimator<ITransformer> Estimator, IDataView Data)>> Estimators { get; } = new()
    {
        ["S2PREPR"] = ml =>
            (ml.Transforms.PreprocessSam2Images("Pixels", "Image", new() { Model = StageData.Micro }), StageData.Images(ml)),
        ["S2IMENC"] = ml => (ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = StageData.Micro }), StageData.Images(ml)),
        ["S2PRDEC"] = ml =>
            (ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions), StageData.PlainPrompts(ml)),
        ["S2MSKGN"] = ml => (ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions), StageData.Images(ml)),
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_FileFromTheFuture_SaysThatTheLibraryIsTooOld(string signature)
    {
        var path = Save(signature);
        Patch(path, signature, written: 9, readable: 9);
        var error = Failure(path);
        Assert.IsType<FormatException>(error);
        Assert.Contains("newer version of MaskGen.ML", error.Message, StringComparison.Ordinal);
        Assert.Contains("layout 9", error.Message, StringComparison.Ordinal);
        Assert.Contains("Update the MaskGen.ML package", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_FileFromTheFutureThatStillSuits_IsRead(string signature)
    {
        var path = Save(signature);
        Patch(path, signature, written: 9, readable: 1);
        using var loaded = (IDisposable)_ml.Model.Load(path, out _);
        Assert.NotNull(loaded);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_FileFromBeforeTheFirstVersion_IsRefused(string signature)
    {
        var path = Save(signature);
        Patch(path, signature, written: 0, readable: 0);
        Assert.Contains("too old", Failure(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithoutWeights_SaysWhatIsMissing()
    {
        var path = Save("S2MSKGN");
        Edit(path, archive => Find(archive, "model.safetensors").Delete());
        Assert.Contains("expected model.safetensors in it, found none", Failure(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WeightsCutShort_NamesThem()
    {
        var path = Save("S2IMENC");
        Edit(path, archive =>
        {
            var bytes = ReadEntry(Find(archive, "model.safetensors"));
            Replace(archive, "model.safetensors", bytes[..(bytes.Length / 2)]);
        });
        var error = Assert.IsType<CheckpointFormatException>(Failure(path));
        Assert.Contains("model.safetensors", error.CheckpointSource, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OptionsThatAreNoJson_SaysSo()
    {
        var path = Save("S2PRDEC");
        Edit(path, archive => Replace(archive, "options.json", "{"u8.ToArray()));
        Assert.Contains("options.json", Assert.IsType<FormatException>(Failure(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_StagesOfOneModel_WriteJustWhatEachRuns()
    {
        var (encoder, decoder, all) = (Tensors(Save("S2IMENC")), Tensors(Save("S2PRDEC")), Tensors(Save("S2MSKGN")));
        Assert.Contains(encoder, name => name.StartsWith("vision_encoder.", StringComparison.Ordinal));
        Assert.DoesNotContain(encoder, name => name.StartsWith("mask_decoder.transformer.", StringComparison.Ordinal));
        Assert.Contains(decoder, name => name.StartsWith("mask_decoder.", StringComparison.Ordinal));
        Assert.DoesNotContain(decoder, name => name.StartsWith("vision_encoder.", StringComparison.Ordinal));
        Assert.Equal(encoder.Union(decoder).Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Load_GenerateMasks_KeepsModelThresholdsAndOptions()
    {
        var options = StageData.GenerationOptions with
        {
            Model = Sam2Model.Nano,
            PredictedIouThreshold = null,
            StabilityScoreThreshold = 0.25f,
            MaximumMasks = 7,
            Session = new() { ThreadCount = 1 },
        };
        var data = StageData.Images(_ml);
        using (var saved = _ml.Transforms.GenerateMasks("Masks", "Image", options).Fit(data))
        {
            _ml.Model.Save(saved, data.Schema, _folder["nano.zip"]);
        }

        using var loaded = (MaskGenerationTransformer)_ml.Model.Load(_folder["nano.zip"], out _);
        Assert.Equal(Sam2Model.Nano.Name, loaded.Options.Model?.Name);
        Assert.Equal(Sam2Model.Nano.RecommendedThresholds, loaded.Options.Model?.RecommendedThresholds);
        Assert.Equal(options.PointGrids!.Single(), loaded.Options.PointGrids!.Single());

        // The machine that loads says where it runs.
        Assert.Null(loaded.Options.Session);
        Assert.Equal(
            options with { Model = null, PointGrids = null, Session = null }, loaded.Options with { Model = null, PointGrids = null });

        // Float16 stays float16: the archive is no larger than the model in the package.
        Assert.All(Descriptions(_folder["nano.zip"]).Values, tensor => Assert.Equal(TensorElementType.Float16, tensor.ElementType));
    }

    [Fact]
    public void SaveAndLoad_Weights_AreNotCopiedOnTheWay()
    {
        // Everything else that saving and loading allocate: graphs to know the tensors by, streams, the archive's own buffers.
        const long Slack = 3 << 20;
        var data = StageData.Images(_ml);
        using var transformer = _ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions with { Model = Sam2Model.FromFile(Fixture.Path("nano")) }).Fit(data);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ml.Model.Save(transformer, data.Schema, _folder["nano.zip"]);
        var saving = GC.GetAllocatedBytesForCurrentThread() - before;
        var weights = Descriptions(_folder["nano.zip"]).Values.Sum(tensor => sizeof(float) * tensor.Count);
        before = GC.GetAllocatedBytesForCurrentThread();
        using var loaded = (IDisposable)_ml.Model.Load(_folder["nano.zip"], out _);
        var loading = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{weights} bytes of weights, saving {saving}, loading {loading}");
        Assert.InRange(saving, 0, Slack);
        Assert.InRange(loading, weights, weights + Slack);
    }

    private string Save(string signature)
    {
        var (estimator, data) = Estimators[signature](_ml);
        var transformer = estimator.Fit(data);
        var path = _folder[$"{signature}.zip"];
        _ml.Model.Save(transformer, data.Schema, path);
        ((IDisposable)transformer).Dispose();
        return path;
    }

    private Exception Failure(string path)
    {
        var error = Assert.ThrowsAny<Exception>(() => _ml.Model.Load(path, out _));

        // ML.NET makes loaders by reflection; what it wraps is what a user reads at the end of the message.
        while (error.InnerException is not null && error is not (FormatException or CheckpointFormatException))
        {
            error = error.InnerException;
        }

        return error;
    }

    // The header has the signature (spaces left out as zeros), then the version written and the lowest version that reads it.
    private static void Patch(string path, string signature, uint written, uint readable) => Edit(path, archive =>
    {
        var key = archive.Entries.Single(entry => entry.Name == "Model.key" && IndexOfSignature(ReadEntry(entry), signature) >= 0);
        var bytes = ReadEntry(key);
        var versions = IndexOfSignature(bytes, signature) + 8;
        BitConverter.TryWriteBytes(bytes.AsSpan(versions), written);
        BitConverter.TryWriteBytes(bytes.AsSpan(versions + 4), readable);
        var name = key.FullName;
        key.Delete();
        using var stream = archive.CreateEntry(name).Open();
        stream.Write(bytes);
    });

    private static int IndexOfSignature(byte[] bytes, string signature) =>
        bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(signature.Insert(2, "\0")));

    private static void Edit(string path, Action<ZipArchive> edit)
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Update);
        edit(archive);
    }

    private static ZipArchiveEntry Find(ZipArchive archive, string name) =>
        archive.Entries.Single(entry => entry.FullName.EndsWith(name, StringComparison.Ordinal));

    private static void Replace(ZipArchive archive, string name, byte[] bytes)
    {
        var entry = Find(archive, name);
        var fullName = entry.FullName;
        entry.Delete();
        using var stream = archive.CreateEntry(fullName).Open();
        stream.Write(bytes);
    }

    private static byte[] ReadEntry(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static List<string> Tensors(string path) => [.. Descriptions(path).Keys];

    private static IReadOnlyDictionary<string, TensorDescription> Descriptions(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        using var stream = new MemoryStream(ReadEntry(Find(archive, "model.safetensors")));
        using var reader = SafetensorsReader.Read(stream, path);
        return reader.Tensors;
    }
}
