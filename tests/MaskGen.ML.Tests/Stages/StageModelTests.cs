using MaskGen.ML.Stages;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>How a stage deals with the files of its model: failures, replaced files, names.</summary>
public sealed class StageModelTests : IDisposable
{
    private static readonly string[] Embedding = ["Embedding"];
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();
    private int _openings;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Config_OpeningFailed_IsTriedAgain()
    {
        var model = StageModel.Of(FailsFirst(failures: 2));
        Assert.Throws<IOException>(() => model.Config);
        Assert.Throws<IOException>(() => model.Fingerprint);
        Assert.Equal(128, model.Config.ImageSize);
        Assert.Equal(32, model.Fingerprint.Length);
    }

    [Fact]
    public void Config_AskedTwice_OpensOnce()
    {
        var model = StageModel.Of(FailsFirst(failures: 0));
        Assert.Same(model.Config, model.Config);
        Assert.Equal(1, _openings);
    }

    [Fact]
    public void Fingerprint_OfAModelThatWasOpened_OpensNothing()
    {
        var model = StageModel.Of(FailsFirst(failures: 0));
        model.Open().Dispose();
        Assert.Equal(model.Fingerprint, model.Fingerprint);
        Assert.Equal(128, model.Config.ImageSize);
        Assert.Equal(1, _openings);
    }

    [Fact]
    public void Transform_ModelNotThereAtFirst_WorksLater()
    {
        var data = StageData.Images(_ml);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = FailsFirst(failures: 1) }).Fit(data);
        Assert.Throws<IOException>(() => encoder.Transform(data));
        Assert.Equal(StageData.Paths.Length, ColumnDigest.Of(encoder.Transform(data), Embedding).Count);
    }

    [Fact]
    public void GetRowCursor_WeightsNotThereAtFirst_WorksLater()
    {
        // The first opening is for the sizes of the columns, the second for the session.
        var data = StageData.Images(_ml);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = FailsFirst(failures: 1, after: 1) })
            .Fit(data);
        var view = encoder.Transform(data);
        Assert.Throws<IOException>(() => view.GetRowCursor(view.Schema));
        Assert.Equal(StageData.Paths.Length, ColumnDigest.Of(view, Embedding).Count);
        Assert.Equal(1, encoder.SessionCount);
    }

    [Fact]
    public void Save_FileReplacedSinceItWasUsed_IsRefusedWithBothFingerprints()
    {
        var path = OtherModel.Write(_folder, "model");
        var data = StageData.Images(_ml);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = Sam2Model.FromFile(path) }).Fit(data);
        ColumnDigest.Of(encoder.Transform(data), Embedding);
        var before = StageModel.Of(Sam2Model.FromFile(path)).Fingerprint;
        OtherModel.Write(_folder, "model", factor: 0.5f);
        var after = StageModel.Of(Sam2Model.FromFile(path)).Fingerprint;

        var error = Assert.Throws<InvalidOperationException>(() => _ml.Model.Save(encoder, data.Schema, _folder["encoder.zip"]));
        Assert.Contains($"fingerprint {before}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"fingerprint {after}", error.Message, StringComparison.Ordinal);
        Assert.Contains("model has changed", error.Message, StringComparison.Ordinal);

        // With the old file back, all is well.
        OtherModel.Write(_folder, "model");
        _ml.Model.Save(encoder, data.Schema, _folder["encoder.zip"]);
        using var loaded = (IDisposable)_ml.Model.Load(_folder["encoder.zip"], out _);
        Assert.Equal(
            ColumnDigest.Of(encoder.Transform(data), Embedding), ColumnDigest.Of(((ITransformer)loaded).Transform(data), Embedding));
    }

    [Fact]
    public void GetRowCursor_FileReplacedSinceItWasSaved_IsRefused()
    {
        var path = OtherModel.Write(_folder, "model");
        var data = StageData.Images(_ml);
        using var generator = _ml.Transforms.GenerateMasks(
            "Masks", "Image", StageData.GenerationOptions with { Model = Sam2Model.FromFile(path) }).Fit(data);
        _ml.Model.Save(generator, data.Schema, _folder["generator.zip"]);
        OtherModel.Write(_folder, "model", factor: 0.5f);
        Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(generator.Transform(data), ["Masks"]));
    }

    [Fact]
    public void GetRowCursor_FileReplacedByAnotherArchitectureSinceFit_IsRefused()
    {
        var path = OtherModel.Write(_folder, "model");
        var data = StageData.Images(_ml);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = Sam2Model.FromFile(path) }).Fit(data);
        var view = encoder.Transform(data);
        File.Copy(Fixture.Path("nano/config.json"), _folder["model/config.json"], overwrite: true);
        File.Copy(Fixture.Path("nano/model.safetensors"), _folder["model/model.safetensors"], overwrite: true);
        Assert.Contains(
            "configuration", Assert.Throws<InvalidOperationException>(() => view.GetRowCursor(view.Schema)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void GetRowCursor_FileTruncatedSinceFit_SaysWhich()
    {
        var path = OtherModel.Write(_folder, "model");
        var data = StageData.Images(_ml);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = Sam2Model.FromFile(path) }).Fit(data);
        var view = encoder.Transform(data);
        using (var file = File.OpenWrite(_folder["model/model.safetensors"]))
        {
            file.SetLength(file.Length / 2);
        }

        Assert.Contains(
            "model.safetensors",
            Assert.Throws<CheckpointFormatException>(() => view.GetRowCursor(view.Schema)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nano", "nano")]
    [InlineData("facebook/sam2.1-hiera-tiny", "facebook/sam2.1-hiera-tiny")]
    [InlineData("/home/someone/models/tiny", "tiny")]
    [InlineData("/home/someone/models/tiny/", "tiny")]
    [InlineData("/home/someone/tiny.safetensors", "tiny.safetensors")]
    [InlineData(@"C:\Users\someone\tiny.pt", "tiny.pt")]
    [InlineData(@"\\server\share\tiny", "tiny")]
    [InlineData("C:/Users/someone/tiny", "tiny")]
    [InlineData("./tiny", "tiny")]
    [InlineData("../someone/tiny", "tiny")]
    [InlineData("~/tiny", "tiny")]
    [InlineData("projects/secret/tiny", "tiny")]
    [InlineData("/", "model")]
    [InlineData("..", "model")]
    public void StoredName_OfAPath_IsItsLastComponent(string name, string expected) =>
        Assert.Equal(expected, StageModel.StoredName(name));

    [Fact]
    public void StoredName_OfAPathThatLooksLikeARepository_IsItsLastComponent()
    {
        // Relative paths that exist are paths.
        var existing = Path.GetRelativePath(Environment.CurrentDirectory, Fixture.Path("micro")).Split(Path.DirectorySeparatorChar);
        Assert.Equal("micro", StageModel.StoredName(string.Join('/', existing)));
    }

    private Sam2Model FailsFirst(int failures, int after = 0) => new("micro", RecommendedThresholds.Official, () =>
    {
        _openings++;
        return _openings > after && _openings <= after + failures ? throw new IOException("no network") : StageData.Micro.Open();
    });
}
