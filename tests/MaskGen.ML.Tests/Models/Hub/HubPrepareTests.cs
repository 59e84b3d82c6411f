using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>A model of a hub is downloaded and verified by whoever awaits it, with progress.</summary>
public sealed class HubPrepareTests : HubDownloadTestBase
{
    [Fact]
    public async Task PrepareAsync_NotInTheCache_DownloadsWithProgressAndIsReady()
    {
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);
        var progress = new List<Sam2DownloadProgress>();

        await model.PrepareAsync(new Watcher(progress.Add), TestToken);

        Assert.NotNull(Sam2Hub.FindCached(FakeHub.Name, options: Options));
        var last = progress.Last(p => p.FileName == Weights);
        Assert.Equal((long)Hub.Content(Weights).Length, last.BytesDone);
        Assert.Equal(last.BytesTotal, last.BytesDone);
        Hub.HubFault = _ => throw new InvalidOperationException("asked again");
        using var encoder = await Sam2ImageEncoder.CreateAsync(model, cancellationToken: TestToken);
        Assert.Equal(128, encoder.InputSize);
    }

    [Fact]
    public async Task CreateAsync_NotInTheCache_DownloadsWithProgress()
    {
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);
        var progress = new List<Sam2DownloadProgress>();

        using var generator = await AutomaticMaskGenerator.CreateAsync(
            new AutomaticMaskGenerationOptions { Model = model }, new Watcher(progress.Add), TestToken);

        Assert.Contains(progress, p => p.FileName == Weights && p.BytesDone == p.BytesTotal);
        Assert.Single(Hub.StoreRequests);
    }

    [Fact]
    public async Task PrepareAsync_ProgressThatThrows_EndsAndReachesTheCaller()
    {
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);

        await Assert.ThrowsAsync<TimeoutException>(() => model.PrepareAsync(new Watcher(_ => throw new TimeoutException()), TestToken));
        await model.PrepareAsync(cancellationToken: TestToken);
    }

    [Fact]
    public async Task PrepareAsync_NoSuchModel_SaysWhyAndTriesAgain()
    {
        Hub.HubFault = _ => new TinyResponse(404, []);
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => model.PrepareAsync(cancellationToken: TestToken));
        Assert.Equal(Sam2DownloadFailure.NotFound, error.Failure);
        Hub.HubFault = _ => null;
        await model.PrepareAsync(cancellationToken: TestToken);
    }

    [Fact]
    public async Task PrepareAsync_DamagedFileOnDisk_IsRefused()
    {
        Folder.Write("model/config.json", await File.ReadAllBytesAsync(Fixture.Path("micro/config.json"), TestToken));
        var bytes = await File.ReadAllBytesAsync(Fixture.Path("micro/model.safetensors"), TestToken);
        Folder.Write("model/model.safetensors", bytes[..^5]);

        await Assert.ThrowsAsync<CheckpointFormatException>(
            () => Sam2Model.FromFile(Folder["model"]).PrepareAsync(cancellationToken: TestToken));
        await Sam2Model.Nano.PrepareAsync(cancellationToken: TestToken);
    }

    [Fact]
    public async Task GenerateMasks_ModelThatTheFirstRowDownloads_HasItsOwnThresholds()
    {
        // With the official thresholds this model finds nothing.
        Hub.Add("maskgen.json", """{"recommended_thresholds": {"predicted_iou": 0.45, "stability_score": 0.3}}"""u8.ToArray());
        var ml = new MLContext(seed: 1);
        using var image = RgbImage.Load(Fixture.Path("images/scene.png")).ToMLImage();
        var data = ml.Data.LoadFromEnumerable([new ImageRow { Image = image }]);
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);
        using var transformer = ml.Transforms
            .GenerateMasks("Masks", "Image", new AutomaticMaskGenerationOptions { Model = model, PointsPerSide = 6 })
            .Fit(data);

        var predictedIou = await Task.Run(() => transformer.Transform(data).GetColumn<float[]>("Masks.PredictedIou").Single(), TestToken);

        Assert.NotEmpty(predictedIou);
    }

    private sealed class ImageRow
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }
}
