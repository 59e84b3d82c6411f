using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Repositories for transformers.js, by name: from a cache laid out by hand, and from a hub.</summary>
public sealed class HubOnnxTests : IDisposable
{
    private const string Name = "onnx-community/sam2.1-hiera-micro-ONNX";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Snapshot => _folder[$"models--{Name.Replace("/", "--", StringComparison.Ordinal)}/snapshots/{FakeHub.Commit}"];

    private Sam2DownloadOptions Offline => new() { CacheFolder = _folder.Path, Offline = true };

    [Theory]
    [InlineData(null, "float32")]
    [InlineData(Sam2OnnxPrecision.Float16, "float16")]
    [InlineData(Sam2OnnxPrecision.Quantized8, "int8")]
    [InlineData(Sam2OnnxPrecision.Quantized4, "uint8")]
    public void FromPretrained_CacheLaidOutByHand_OpensThePrecision(Sam2OnnxPrecision? precision, string type)
    {
        LayOut();

        var model = Sam2Model.FromPretrainedOnnx(Name, new Sam2OnnxOptions { Precision = precision }, options: Offline);
        var description = model.Describe();

        Assert.Equal(Name, model.Name);
        Assert.Equal("transformers.js", description.Export);
        Assert.Contains(type, description.StoredTypes);
    }

    [Fact]
    public void FromPretrained_WithoutPrecision_TakesFloat32WhereThereIsNoCheckpoint()
    {
        LayOut();
        using var opened = Sam2Model.FromPretrained(Name, options: Offline).Open();
        Assert.EndsWith("vision_encoder.onnx", opened.Weights.Source, StringComparison.Ordinal);
        Assert.Equal(Name, Assert.Single(Sam2Hub.ListCached(Offline)).Name);
    }

    [Fact]
    public void FromPretrained_PrecisionWhoseWeightsAreMissing_CountsAsNotThere()
    {
        LayOut();
        File.Delete(Path.Combine(Snapshot, "onnx", "vision_encoder_q4.onnx_data"));
        var error = Assert.Throws<Sam2DownloadException>(() => Sam2Model.FromPretrainedOnnx(
            Name, new Sam2OnnxOptions { Precision = Sam2OnnxPrecision.Quantized4 }, options: Offline).Open());
        Assert.Equal(Sam2DownloadFailure.Offline, error.Failure);
    }

    [Fact]
    public void FromPretrained_DamagedBlob_IsNoticed()
    {
        LayOut();
        var link = Path.Combine(Snapshot, "onnx", "vision_encoder.onnx_data");
        var blob = File.ResolveLinkTarget(link, returnFinalTarget: true)!.FullName;
        var bytes = File.ReadAllBytes(blob);
        bytes[1000] ^= 1;
        File.WriteAllBytes(blob, bytes);
        var error = Assert.Throws<Sam2DownloadException>(() => Sam2Model.FromPretrained(Name, options: Offline).Open());
        Assert.Equal(Sam2DownloadFailure.WrongContent, error.Failure);
        Assert.Contains("vision_encoder.onnx_data: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("this file of the cache cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_RepositoryOfOnnxFiles_FetchesOnePrecisionWithItsWeights()
    {
        using var hub = new FakeHub();
        foreach (var file in Files())
        {
            hub.Add(file, File.ReadAllBytes(OnnxExports.Path($"transformers.js/{file}")));
        }

        var repository = new HubRepository(FakeHub.Name, null) { Precision = Sam2OnnxPrecision.Float16 };
        var snapshot = await HubModelDownload.DownloadAsync(repository, hub.Settings(_folder.Path), Token);

        Assert.Equal(
            [
                "config.json", "onnx/prompt_encoder_mask_decoder_fp16.onnx", "onnx/prompt_encoder_mask_decoder_fp16.onnx_data",
                "onnx/vision_encoder_fp16.onnx", "onnx/vision_encoder_fp16.onnx_data",
            ],
            Directory.GetFiles(snapshot.Folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(snapshot.Folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal));
        var options = new Sam2DownloadOptions { CacheFolder = _folder.Path, Endpoint = hub.Endpoint };
        Assert.Equal(
            "transformers.js",
            Sam2Model.FromPretrainedOnnx(
                FakeHub.Name, new Sam2OnnxOptions { Precision = Sam2OnnxPrecision.Float16 }, options: options).Describe().Export);
    }

    [Fact]
    public async Task DownloadAsync_PrecisionThatTheHubDoesNotHave_NamesBoth()
    {
        using var hub = new FakeHub();
        hub.Add("onnx/vision_encoder.onnx", [1]);
        var repository = new HubRepository(FakeHub.Name, null) { Precision = Sam2OnnxPrecision.Quantized8 };
        var error = await Assert.ThrowsAsync<Sam2DownloadException>(
            () => HubModelDownload.DownloadAsync(repository, hub.Settings(_folder.Path), Token));
        Assert.Equal(Sam2DownloadFailure.NotFound, error.Failure);
        Assert.Contains(
            "expected onnx/vision_encoder_quantized.onnx with onnx/prompt_encoder_mask_decoder_quantized.onnx (q8), found "
            + "onnx/vision_encoder.onnx",
            error.Message,
            StringComparison.Ordinal);
    }

    private static IEnumerable<string> Files() => Directory
        .GetFiles(OnnxExports.Path("transformers.js"), "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(OnnxExports.Path("transformers.js"), path).Replace('\\', '/'))
        .Where(name => !name.EndsWith(".safetensors", StringComparison.Ordinal));

    // As huggingface_hub leaves it: links to blobs that are called by their hash.
    private void LayOut()
    {
        var repository = Path.GetFullPath(Path.Combine(Snapshot, "..", ".."));
        Directory.CreateDirectory(Path.Combine(repository, "blobs"));
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), FakeHub.Commit);
        foreach (var name in Files())
        {
            var bytes = File.ReadAllBytes(OnnxExports.Path($"transformers.js/{name}"));
            var blob = Path.Combine(repository, "blobs", FakeHub.IsSmall(name) ? FakeHub.GitHash(bytes) : FakeHub.Sha256(bytes));
            File.WriteAllBytes(blob, bytes);
            var link = Path.Combine(Snapshot, name);
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, blob);
        }
    }
}
