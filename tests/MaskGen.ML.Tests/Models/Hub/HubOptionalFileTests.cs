using System.Text;
using System.Text.Json;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>What a repository has beside one weights file: thresholds, shards, other kinds of weights.</summary>
public sealed class HubOptionalFileTests : HubDownloadTestBase
{
    private const string Metadata = "maskgen.json";

    private static readonly RecommendedThresholds Own = new() { PredictedIou = 0.25f, StabilityScore = 0.75f };

    private static readonly byte[] OwnMetadata =
        """{"recommended_thresholds": {"predicted_iou": 0.25, "stability_score": 0.75}}"""u8.ToArray();

    [Fact]
    public async Task FromPretrained_ThresholdsOfTheHub_AreTheModelsOnceItIsOpened()
    {
        Hub.Add(Metadata, OwnMetadata);
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);
        Assert.Equal(RecommendedThresholds.Official, model.RecommendedThresholds);

        await Task.Run(() => model.OpenVerified().Dispose(), TestToken);
        Assert.Equal(Own, model.RecommendedThresholds);
        Assert.Equal(Own, Sam2Model.FromPretrained(FakeHub.Name, options: Options).RecommendedThresholds);
    }

    [Fact]
    public async Task Describe_ThresholdsOfTheHub_AreShownAtTheFirstUse()
    {
        Hub.Add(Metadata, OwnMetadata);
        var description = await Task.Run(() => Sam2Model.FromPretrained(FakeHub.Name, options: Options).Describe(), TestToken);
        Assert.Equal(Own, description.RecommendedThresholds);
    }

    [Fact]
    public async Task FromPretrained_WithoutThresholds_HasTheOfficialOnes()
    {
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);
        await Task.Run(() => model.Open().Dispose(), TestToken);
        Assert.Equal(RecommendedThresholds.Official, model.RecommendedThresholds);
    }

    [Fact]
    public async Task Open_ThresholdsThatCannotBe_AreRefused()
    {
        Hub.Add(Metadata, """{"recommended_thresholds": {"predicted_iou": 7}}"""u8.ToArray());
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(() => Task.Run(model.Open, TestToken));
        Assert.Contains("predicted_iou", error.Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromPretrained(FakeHub.Name, options: Options));
    }

    [Fact]
    public async Task Open_CacheThatAnotherProgramFilled_AsksForThresholdsOnce()
    {
        await FillWithoutMetadataAsync();
        Hub.Add(Metadata, OwnMetadata);
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);

        await Task.Run(() => model.Open().Dispose(), TestToken);

        Assert.Equal(Own, model.RecommendedThresholds);
        var before = Hub.HubRequests.Count;
        await Task.Run(() => model.Open().Dispose(), TestToken);
        Assert.Equal(before, Hub.HubRequests.Count);
    }

    [Fact]
    public async Task Open_CacheThatAnotherProgramFilledAndNoThresholds_AsksOnce()
    {
        await FillWithoutMetadataAsync();
        var before = Hub.HubRequests.Count;
        await GetAsync();
        Assert.Equal($"/{FakeHub.Name}/resolve/{FakeHub.Commit}/{Metadata}", Assert.Single(Hub.HubRequests.Skip(before)).Path);
        await GetAsync();
        Assert.Equal(before + 1, Hub.HubRequests.Count);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Open_CacheThatAnotherProgramFilledAndNoAnswer_IsUsedAsItIs(int status)
    {
        await FillWithoutMetadataAsync();
        Hub.HubFault = _ => new TinyResponse(status, []);
        var before = Hub.HubRequests.Count;
        var messages = new List<string?>();

        await GetAsync(Hub.Settings(Folder.Path) with { Progress = new Watcher(p => messages.Add(p.Message)) });

        Assert.Equal(before + 1, Hub.HubRequests.Count);
        Assert.Contains($"{status}", Assert.Single(messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_CacheThatAnotherProgramFilledOffline_AsksNobody()
    {
        await FillWithoutMetadataAsync();
        var before = Hub.HubRequests.Count;
        await GetAsync(Hub.Settings(Folder.Path, new Sam2DownloadOptions { Offline = true }));
        Assert.Equal(before, Hub.HubRequests.Count);
    }

    [Fact]
    public async Task DownloadAsync_MirrorThatSaysNotFoundAlone_IsUnderstood()
    {
        Hub.HubFault = request => request.Path.EndsWith(Metadata, StringComparison.Ordinal) ? new TinyResponse(404, []) : null;
        await DownloadAsync();
        Assert.True(File.Exists(Blob));
    }

    [Fact]
    public async Task DownloadAsync_Shards_AreAllThereBeforeTheIndex()
    {
        using var hub = WithShards(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]);

        var model = (await DownloadFromAsync(hub)).ToModel();

        Assert.Equal(7, model.WeightBytes);
        Assert.Equal(
            ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
            Directory.GetFiles(model.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(model, Sam2Hub.FindCached(FakeHub.Name, options: Options));

        File.Delete(SnapshotFile("model-00002-of-00002.safetensors"));
        Assert.Null(Sam2Hub.FindCached(FakeHub.Name, options: Options));
        await GetAsync(hub.Settings(Folder.Path));
        Assert.True(File.Exists(SnapshotFile("model-00002-of-00002.safetensors")));
    }

    [Fact]
    public async Task FromPretrained_ShardsOfAModel_AreOpened()
    {
        using var whole = SafetensorsReader.Open(Fixture.Path("micro/model.safetensors"));
        using var hub = new FakeHub();
        hub.Add("config.json", Hub.Content("config.json"));
        var shards = whole.Tensors.GroupBy(tensor => tensor.Key.Length % 2);
        foreach (var shard in shards)
        {
            using var stream = new MemoryStream();
            SafetensorsWriter.Write(stream, [.. shard.Select(tensor => (tensor.Key, tensor.Value))], whole.ReadFloat32);
            hub.Add($"model-{shard.Key}.safetensors", stream.ToArray());
        }

        var map = whole.Tensors.Keys.ToDictionary(name => name, name => $"model-{name.Length % 2}.safetensors");
        hub.Add("model.safetensors.index.json", JsonSerializer.SerializeToUtf8Bytes(new { weight_map = map }));
        var options = Options with { Endpoint = hub.Endpoint };

        using var opened = await Task.Run(() => Sam2Model.FromPretrained(FakeHub.Name, options: options).OpenVerified(), TestToken);

        using var expected = Sam2Model.FromFile(Fixture.Path("micro")).OpenVerified();
        Assert.Equal(expected.Fingerprint, opened.Fingerprint);
    }

    [Fact]
    public async Task DownloadAsync_ShardThatFails_LeavesNoIndex()
    {
        using var hub = WithShards(["a-1.safetensors", "a-2.safetensors"]);
        hub.StoreFault = (request, response) =>
            request.Path.Contains("a-2", StringComparison.Ordinal) ? new TinyResponse(403, []) : response;
        await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadFromAsync(hub));
        Assert.True(File.Exists(SnapshotFile("a-1.safetensors")));
        Assert.False(File.Exists(SnapshotFile("model.safetensors.index.json")));
        Assert.Null(Sam2Hub.FindCached(FakeHub.Name, options: Options));
    }

    [Fact]
    public async Task GetAsync_CutIndex_IsDownloadedAgain()
    {
        using var hub = WithShards(["a-1.safetensors", "a-2.safetensors"]);
        await DownloadFromAsync(hub);
        var index = hub.Content("model.safetensors.index.json");
        await File.WriteAllBytesAsync(SnapshotFile("model.safetensors.index.json"), index[..20], TestToken);
        await GetAsync(hub.Settings(Folder.Path));
        Assert.Equal(index, await File.ReadAllBytesAsync(SnapshotFile("model.safetensors.index.json"), TestToken));
    }

    [Theory]
    [InlineData("""{"weight_map": {"a": "../escape.safetensors"}}""", "../escape.safetensors")]
    [InlineData("""{"weight_map": {"a": "sub/a.safetensors"}}""", "sub/a.safetensors")]
    [InlineData("""{"weight_map": {"a": "config.json"}}""", "config.json")]
    [InlineData("""{"weight_map": {"a": "A.safetensors", "b": "a.safetensors"}}""", "upper and lower case")]
    [InlineData("""{"weight_map": {"a": 1}}""", "'1'")]
    [InlineData("""{"weight_map": {}}""", "found 0")]
    [InlineData("""{"weights": {}}""", "weight_map")]
    [InlineData("[]", "object")]
    [InlineData("{", "JSON")]
    public async Task DownloadAsync_IndexThatIsNone_IsRefused(string json, string message)
    {
        using var hub = WithShards(["a-1.safetensors", "a-2.safetensors"]);
        hub.Add("model.safetensors.index.json", Encoding.UTF8.GetBytes(json));
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(() => DownloadFromAsync(hub));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("model.safetensors.index.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_IndexOfAFileThatIsMissing_NamesIt()
    {
        using var hub = WithShards(["a-1.safetensors"]);
        hub.Add("model.safetensors.index.json", """{"weight_map": {"a": "a-1.safetensors", "b": "a-9.safetensors"}}"""u8.ToArray());
        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadFromAsync(hub));
        Assert.Equal(Sam2DownloadFailure.NotFound, error.Failure);
        Assert.Contains("a-9.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("sam2_micro.pth")]
    [InlineData("micro.bin")]
    public async Task DownloadAsync_TorchWeightsOfAnyEnding_AreTaken(string name)
    {
        using var hub = new FakeHub();
        hub.Add("config.json", Hub.Content("config.json"));
        hub.Add(name, await File.ReadAllBytesAsync(Fixture.Path("micro/micro.pt"), TestToken));
        var options = Options with { Endpoint = hub.Endpoint };
        await Task.Run(() => Sam2Model.FromPretrained(FakeHub.Name, options: options).OpenVerified().Dispose(), TestToken);
    }

    [Theory]
    [InlineData("model.safetensors", "a.safetensors", "model.safetensors", "model.safetensors.index.json", "x.pt")]
    [InlineData("model.safetensors.index.json", "a-1.safetensors", "model.safetensors.index.json", "x.pt")]
    [InlineData("a.safetensors", "a.safetensors", "x.pt", "README.md")]
    [InlineData("x.pt", "a.safetensors", "b.safetensors", "x.pt")]
    [InlineData("x.pth", "x.pth", "pytorch_model.bin")]
    [InlineData("pytorch_model.bin", "training_args.bin", "optimizer.bin", "pytorch_model.bin")]
    [InlineData("pytorch_model.bin.index.json", "pytorch_model-1.bin", "pytorch_model-2.bin", "pytorch_model.bin.index.json")]
    [InlineData("only.bin", "only.bin", "config.json")]
    [InlineData("only.ckpt", "only.ckpt", "config.json")]
    [InlineData("sam.safetensors.index.json", "sam-1.safetensors", "sam-2.safetensors", "sam.safetensors.index.json", "x.pt")]
    [InlineData(null, "a.pt", "b.pt")]
    [InlineData(null, "README.md", "sub/x.pt", "../x.pt")]
    [InlineData(null)]
    public void Choose_Names_TakesTheWeights(string? chosen, params string[] names) => Assert.Equal(chosen, HubWeights.Choose(names));

    private async Task FillWithoutMetadataAsync()
    {
        await DownloadAsync();
        Directory.Delete(Path.Combine(RepositoryFolder, ".no_exist"), recursive: true);
    }

    private FakeHub WithShards(string[] names)
    {
        var hub = new FakeHub();
        hub.Add("config.json", Hub.Content("config.json"));
        for (var i = 0; i < names.Length; i++)
        {
            hub.Add(names[i], new byte[3 + i]);
        }

        var map = string.Join(", ", names.Select((name, i) => $"\"tensor{i}\": \"{name}\""));
        hub.Add("model.safetensors.index.json", Encoding.UTF8.GetBytes($"{{\"weight_map\": {{{map}}}}}"));
        return hub;
    }
}
