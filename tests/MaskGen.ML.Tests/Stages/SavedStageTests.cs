using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.DataView;
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
        ["S2MSKEX"] = ml => (ml.Transforms.ExpandMasks("Mask", "Masks", "Image"), StageData.Masks(ml)),
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
    public void Load_FileOfALaterRelease_NamesBothReleases(string signature)
    {
        var path = Save(signature);
        RewriteManifest(path, manifest => manifest["values"]!["savedBy"] = "7.8.9");
        Patch(path, signature, written: 9, readable: 9);
        var message = Failure(path).Message;
        Assert.Contains("newer version of MaskGen.ML 7.8.9", message, StringComparison.Ordinal);
        Assert.Contains($"this is MaskGen.ML {MaskGenVersion.Current}", message, StringComparison.Ordinal);

        // Where the later release keeps it elsewhere, or nowhere, the rest is said all the same.
        Edit(path, archive => Find(archive, "stage.json").Delete());
        Assert.Contains("layout 9", Failure(path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Save_AnyStage_NamesTheLibraryWithoutItsVersion(string signature)
    {
        // Otherwise the runtime refuses a library that is older than the model, and nothing of ours is asked.
        using var archive = ZipFile.OpenRead(Save(signature));
        var keys = archive.Entries.Where(entry => entry.Name == "Model.key").Select(ReadEntry).ToList();
        Assert.Contains(keys, key => Contains(key, "MaskGen.ML"));
        Assert.DoesNotContain(keys, key => Contains(key, "MaskGen.ML, Version"));

        static bool Contains(byte[] bytes, string text) =>
            bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0 || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(text)) >= 0;
    }

    [Theory]
    [InlineData(EncoderPrecision.Int8)]
    [InlineData(EncoderPrecision.Float16)]
    public void Load_EncoderInAPrecision_IsInItAgain(EncoderPrecision precision)
    {
        var data = StageData.Images(_ml);
        var model = StageData.Micro.WithEncoderPrecision(precision);
        var path = _folder["precision.zip"];
        List<string> expected;
        using (var fitted = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = model }).Fit(data))
        {
            expected = ColumnDigest.Of(fitted.Transform(data), ["Embedding"]);
            _ml.Model.Save(fitted, data.Schema, path);
        }

        using (var exact = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = StageData.Micro }).Fit(data))
        {
            Assert.NotEqual(expected, ColumnDigest.Of(exact.Transform(data), ["Embedding"]));
        }

        using (var loaded = (Sam2ImageEncodingTransformer)_ml.Model.Load(path, out _))
        {
            Assert.Equal(precision, loaded.Options.Model!.EncoderPrecision);
            Assert.Equal(expected, ColumnDigest.Of(loaded.Transform(data), ["Embedding"]));
        }

        RewriteManifest(path, manifest => manifest["values"]!["modelEncoderPrecision"] = "Int3");
        Assert.Contains("found 'Int3'", Failure(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ExpansionFromBeforeItsOptions_KeepsItsColumns()
    {
        // Of layout 2: the names alone, and no options.
        var path = Save("S2MSKEX");
        var expected = Columns(path);
        RewriteManifest(path, manifest =>
        {
            var values = manifest["values"]!.AsObject();
            values.Remove("savedBy");
            values.Remove("inputColumn");
            (values["maskColumn"], values["imageColumn"]) = ("Masks", "Image");
            manifest["sha256"]!.AsObject().Remove("options.json");
        });
        Edit(path, archive => Find(archive, "options.json").Delete());
        Patch(path, "S2MSKEX", written: 2, readable: 2);
        Assert.Equal(expected, Columns(path));
        Assert.Contains("Mask.MeanColor", expected);
    }

    [Theory]
    [InlineData("S2PREPR")]
    [InlineData("S2IMENC")]
    [InlineData("S2PRDEC")]
    [InlineData("S2MSKGN")]
    public void Load_StageFromBeforeAnOption_TakesItsDefault(string signature)
    {
        var path = Save(signature);
        var expected = Columns(path);
        Rewrite(path, "options.json", json => Assert.True(json.AsObject().Remove("FailedRows")));
        Patch(path, signature, written: 2, readable: 2);
        Assert.Equal(expected, Columns(path));
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_FileFromTheFutureThatStillSuits_IsRead(string signature)
    {
        var path = Save(signature);
        Patch(path, signature, written: 9, readable: 2);
        var loaded = _ml.Model.Load(path, out _);
        Assert.NotNull(loaded);
        (loaded as IDisposable)?.Dispose();
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_FileFromBeforeTheDigests_SaysWhatToDo(string signature)
    {
        var path = Save(signature);
        Patch(path, signature, written: 1, readable: 1);
        var error = Assert.IsType<FormatException>(Failure(path));
        Assert.Contains("too old", error.Message, StringComparison.Ordinal);
        Assert.Contains("layout 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("reads layouts from 2 on", error.Message, StringComparison.Ordinal);
        Assert.Contains("save it again", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_WithoutManifest_SaysWhatIsMissing(string signature)
    {
        var path = Save(signature);
        Edit(path, archive => Find(archive, "stage.json").Delete());
        Assert.Contains("expected stage.json in it, found none", Failure(path).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("S2IMENC", "options.json", typeof(FormatException))]
    [InlineData("S2IMENC", "stage.json", typeof(FormatException))]
    [InlineData("S2IMENC", "config.json", typeof(CheckpointFormatException))]
    [InlineData("S2IMENC", "model.safetensors", typeof(CheckpointFormatException))]
    [InlineData("S2PREPR", "options.json", typeof(FormatException))]
    [InlineData("S2PRDEC", "model.safetensors", typeof(CheckpointFormatException))]
    [InlineData("S2MSKGN", "options.json", typeof(FormatException))]
    [InlineData("S2MSKGN", "model.safetensors", typeof(CheckpointFormatException))]
    [InlineData("S2MSKEX", "stage.json", typeof(FormatException))]
    [InlineData("S2MSKEX", "options.json", typeof(FormatException))]
    public void Load_LastByteOfAPartChanged_NamesThePart(string signature, string part, Type type)
    {
        // Of the weights that is the last bit of a float: nothing but the digest can notice it.
        var path = Save(signature);
        Edit(path, archive =>
        {
            var bytes = ReadEntry(Find(archive, part));
            bytes[^4] ^= 1;
            Replace(archive, part, bytes);
        });
        var error = Failure(path);
        Assert.IsType(type, error);
        Assert.Contains($"damaged: {part}: expected the SHA-256 ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OptionOutOfRangeWithItsDigest_IsRefused()
    {
        // As by hand, or by a version that allows more: the digest is right and the value is not.
        var path = Save("S2PRDEC");
        Rewrite(path, "options.json", json => json["StabilityScoreOffset"] = -1);
        var error = Assert.IsType<FormatException>(Failure(path));
        Assert.Contains("options.json: Expected a finite number of logits above 0", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("S2MSKGN", "PointsPerBatch")]
    [InlineData("S2IMENC", "MaximumPixels")]
    [InlineData("S2PREPR", "MaximumPixels")]
    public void Load_OptionOfEachStageOutOfRange_IsRefused(string signature, string option)
    {
        var path = Save(signature);
        Rewrite(path, "options.json", json => json[option] = 0);
        Assert.Contains("options.json: Expected", Assert.IsType<FormatException>(Failure(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("S2PREPR", "inputSize", "0")]
    [InlineData("S2PREPR", "inputSize", "many")]
    [InlineData("S2IMENC", "modelPredictedIou", "NaN")]
    [InlineData("S2MSKGN", "modelStabilityScore", "2")]
    [InlineData("S2PRDEC", "modelFingerprint", "")]
    [InlineData("S2MSKEX", "inputColumn", "")]
    public void Load_ValueOutOfRange_IsNamed(string signature, string name, string value)
    {
        var path = Save(signature);
        RewriteManifest(path, manifest => manifest["values"]![name] = value);
        Assert.Contains($"'{name}'", Assert.IsType<FormatException>(Failure(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_ModelFromAFolder_KeepsItsNameAndNoPath()
    {
        using var folder = new TestFolder();
        var path = OtherModel.Write(folder, "my-model");
        var data = StageData.Images(_ml);
        using (var saved = _ml.Transforms.GenerateMasks(
            "Masks", "Image", StageData.GenerationOptions with { Model = Sam2Model.FromFile(path) }).Fit(data))
        {
            _ml.Model.Save(saved, data.Schema, _folder["model.zip"]);
        }

        using var archive = ZipFile.OpenRead(_folder["model.zip"]);
        foreach (var entry in archive.Entries)
        {
            var bytes = ReadEntry(entry);
            foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode])
            {
                Assert.Equal(-1, bytes.AsSpan().IndexOf(encoding.GetBytes(Path.GetFileName(folder.Path))));
            }
        }

        using var loaded = (MaskGenerationTransformer)_ml.Model.Load(_folder["model.zip"], out _);
        Assert.Equal("my-model", loaded.Options.Model?.Name);
    }

    [Fact]
    public void Save_LoadedStage_IsWrittenAgainByteForByte()
    {
        var path = Save("S2PRDEC");
        using (var loaded = (IDisposable)_ml.Model.Load(path, out var schema))
        {
            _ml.Model.Save((ITransformer)loaded, schema, _folder["again.zip"]);
        }

        using var first = ZipFile.OpenRead(path);
        using var second = ZipFile.OpenRead(_folder["again.zip"]);
        foreach (var part in (string[])["stage.json", "options.json", "config.json", "model.safetensors"])
        {
            Assert.Equal(ReadEntry(Find(first, part)), ReadEntry(Find(second, part)));
        }
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
        // Everything else that saving and loading allocate: graphs to know the tensors by (twice, for the fingerprint knows them too),
        // streams,
        // the archive's own buffers. A copy of the weights would be 10 MB.
        const long Slack = 5 << 20;
        var data = StageData.Images(_ml);
        using var transformer = _ml.Transforms.GenerateMasks(
            "Masks", "Image", StageData.GenerationOptions with { Model = Sam2Model.FromFile(Fixture.Path("nano")) }).Fit(data);
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
        (transformer as IDisposable)?.Dispose();
        return path;
    }

    private List<string> Columns(string path)
    {
        var loaded = _ml.Model.Load(path, out _);
        var data = StageData.Masks(_ml);
        var prompted = StageData.PlainPrompts(_ml);
        var input = path.EndsWith("S2PRDEC.zip", StringComparison.Ordinal) ? prompted : data;
        var columns = loaded.GetOutputSchema(input.Schema).Select(column => column.Name).ToList();
        (loaded as IDisposable)?.Dispose();
        return columns;
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

    private static void Rewrite(string path, string part, Action<JsonNode> change)
    {
        byte[] bytes = [];
        Edit(path, archive =>
        {
            var json = JsonNode.Parse(ReadEntry(Find(archive, part)))!;
            change(json);
            bytes = Encoding.UTF8.GetBytes(json.ToJsonString());
            Replace(archive, part, bytes);
        });
        RewriteManifest(path, manifest => manifest["sha256"]![part] = Convert.ToHexString(SHA256.HashData(bytes)));
    }

    // The body of a stage's Model.key is the digest of its manifest.
    private static void RewriteManifest(string path, Action<JsonNode> change) => Edit(path, archive =>
    {
        var old = ReadEntry(Find(archive, "stage.json"));
        var json = JsonNode.Parse(old)!;
        change(json);
        var bytes = Encoding.UTF8.GetBytes(json.ToJsonString());
        Replace(archive, "stage.json", bytes);
        var key = archive.Entries.Single(entry => entry.Name == "Model.key"
            && ReadEntry(entry).AsSpan().IndexOf(SHA256.HashData(old)) >= 0);
        var content = ReadEntry(key);
        SHA256.HashData(bytes).CopyTo(content, content.AsSpan().IndexOf(SHA256.HashData(old)));
        var name = key.FullName;
        key.Delete();
        using var stream = archive.CreateEntry(name).Open();
        stream.Write(content);
    });

    private static List<string> Tensors(string path) => [.. Descriptions(path).Keys];

    private static IReadOnlyDictionary<string, TensorDescription> Descriptions(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        using var stream = new MemoryStream(ReadEntry(Find(archive, "model.safetensors")));
        using var reader = SafetensorsReader.Read(stream, path);
        return reader.Tensors;
    }
}
