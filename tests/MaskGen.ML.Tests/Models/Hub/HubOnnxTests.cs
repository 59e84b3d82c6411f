using System.Text;
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

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("sam2.1_hiera_micro.pt")]
    public async Task GetAsync_OnnxFilesOfARepositoryWithACheckpoint_MeanTheCheckpoint(string checkpoint)
    {
        using var hub = HubOfOnnxFiles();
        hub.Add(checkpoint, File.ReadAllBytes(Fixture.Path("micro/model.safetensors")));
        var settings = hub.Settings(_folder.Path);
        var float32 = await HubModelDownload.DownloadAsync(Fake(Sam2OnnxPrecision.Float32), settings, Token);

        var named = await HubModelDownload.GetAsync(Fake(null), settings, Token);
        var again = await HubModelDownload.GetAsync(Fake(null), settings, Token);

        Assert.Equal("onnx/vision_encoder.onnx", float32.WeightsName);
        Assert.Equal((checkpoint, checkpoint), (named.WeightsName, again.WeightsName));
        Assert.Equal(
            float32.WeightsName, (await HubModelDownload.GetAsync(Fake(Sam2OnnxPrecision.Float32), settings, Token)).WeightsName);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Sam2OnnxPrecision.Float32)]
    public async Task GetAsync_OnnxFilesOfARepositoryWithoutACheckpoint_AreTakenAndTheHubIsAskedOnce(Sam2OnnxPrecision? downloaded)
    {
        using var hub = HubOfOnnxFiles();
        var settings = hub.Settings(_folder.Path);
        await HubModelDownload.DownloadAsync(Fake(downloaded), settings, Token);

        var before = hub.HubRequests.Count;
        var first = await HubModelDownload.GetAsync(Fake(null), settings, Token);
        var asked = hub.HubRequests.Count;
        var second = await HubModelDownload.GetAsync(Fake(null), settings, Token);

        Assert.Equal(("onnx/vision_encoder.onnx", "onnx/vision_encoder.onnx"), (first.WeightsName, second.WeightsName));
        Assert.Equal(downloaded is null ? 0 : 1, asked - before);
        Assert.Equal(asked, hub.HubRequests.Count);
    }

    [Fact]
    public async Task GetAsync_OnnxFilesWhereTheHubDoesNotAnswer_AreTakenAndThatIsSaid()
    {
        using var hub = HubOfOnnxFiles();
        await HubModelDownload.DownloadAsync(Fake(Sam2OnnxPrecision.Float32), hub.Settings(_folder.Path), Token);
        hub.HubFault = _ => new TinyResponse(503, []);
        var messages = new List<string>();
        var settings = hub.Settings(_folder.Path) with { Progress = new Watcher(report => messages.Add(report.Message ?? string.Empty)) };

        var snapshot = await HubModelDownload.GetAsync(Fake(null), settings, Token);

        Assert.Equal("onnx/vision_encoder.onnx", snapshot.WeightsName);
        Assert.Contains(messages, message => message.Contains("checkpoint", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DownloadAsync_GraphThatNamesItsWeightsOtherwise_FetchesWhatItNames()
    {
        using var hub = HubOfOnnxFiles(name => name
            .Replace("vision_encoder_fp16.onnx_data", "vision_encoder_fp16.weights_1", StringComparison.Ordinal));

        var snapshot = await HubModelDownload.DownloadAsync(Fake(Sam2OnnxPrecision.Float16), hub.Settings(_folder.Path), Token);

        Assert.Equal(
            [
                "config.json", "onnx/prompt_encoder_mask_decoder_fp16.onnx_data", "onnx/prompt_encoder_mask_decoder_fp16.onnx",
                "onnx/vision_encoder_fp16.weights_1", "onnx/vision_encoder_fp16.onnx",
            ],
            snapshot.Files);
        var options = new Sam2DownloadOptions { CacheFolder = _folder.Path, Offline = true };
        Assert.Equal(
            "transformers.js",
            Sam2Model.FromPretrainedOnnx(
                FakeHub.Name, new Sam2OnnxOptions { Precision = Sam2OnnxPrecision.Float16 }, options: options).Describe().Export);
    }

    [Fact]
    public async Task DownloadAsync_GraphWhoseWeightsTheHubDoesNotHave_NamesBothBeforeTheyAreFetched()
    {
        using var hub = HubOfOnnxFiles(name => name
            .Replace("vision_encoder_fp16.onnx_data", "vision_encoder_fp16.weights_1", StringComparison.Ordinal));
        hub.Remove("onnx/vision_encoder_fp16.weights_1");

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(
            () => HubModelDownload.DownloadAsync(Fake(Sam2OnnxPrecision.Float16), hub.Settings(_folder.Path), Token));

        Assert.Equal(Sam2DownloadFailure.NotFound, error.Failure);
        Assert.Contains("onnx/vision_encoder_fp16.weights_1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_GraphThatNamesWeightsElsewhere_IsRefused()
    {
        using var hub = HubOfOnnxFiles(name => name
            .Replace("vision_encoder_fp16.onnx_data", "../../../../../etc/passwd_123", StringComparison.Ordinal));

        var error = await Assert.ThrowsAsync<CheckpointFormatException>(
            () => HubModelDownload.DownloadAsync(Fake(Sam2OnnxPrecision.Float16), hub.Settings(_folder.Path), Token));

        Assert.Contains("found '../../../../../etc/passwd_123'", error.Message, StringComparison.Ordinal);
    }

    private static HubRepository Fake(Sam2OnnxPrecision? precision) => new(FakeHub.Name, null) { Precision = precision };

    // Names of files may be changed to others of the same length, in the graphs too.
    private static FakeHub HubOfOnnxFiles(Func<string, string>? rename = null)
    {
        rename ??= name => name;
        var hub = new FakeHub();
        foreach (var file in Files())
        {
            var bytes = File.ReadAllBytes(OnnxExports.Path($"transformers.js/{file}"));
            hub.Add(
                rename(file).Contains("..", StringComparison.Ordinal) ? file : rename(file),
                OnnxExportFiles.IsOnnx(file) ? Encoding.Latin1.GetBytes(rename(Encoding.Latin1.GetString(bytes))) : bytes);
        }

        return hub;
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
