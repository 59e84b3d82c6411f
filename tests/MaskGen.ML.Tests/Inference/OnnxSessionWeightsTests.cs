using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Inference;

/// <summary>Wherever the weights come from, the session computes the same.</summary>
public sealed class OnnxSessionWeightsTests : IDisposable
{
    private static readonly RgbImage Image = RgbImage.Load(Fixture.Path("images/scene.png"));

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("ein Ordner, größer/ältere Gewichte.safetensors")]
    public void Supply_WeightsInAFileOrInMemory_GiveTheSameEmbedding(string name)
    {
        var path = _folder.Write(name, File.ReadAllBytes(Fixture.Path("micro/model.safetensors")));
        using var mapped = SafetensorsReader.Open(path);
        using var stream = File.OpenRead(path);
        using var held = SafetensorsReader.Read(stream, path);

        Assert.Equal(Embedding(held), Embedding(mapped));
    }

    [Fact]
    public void Supply_FolderDeeperThanAnOptionMayBeLong_SharesTheMapping()
    {
        var part = new string('d', 200);
        var path = _folder.Write(Path.Combine(part, part, part, part, part, part, "w"), File.ReadAllBytes(Fixture.Path("micro/model.safetensors")));
        using var mapped = SafetensorsReader.Open(path);

        Assert.Equal(Embedding(Fixture.Path("micro/model.safetensors")), Embedding(mapped));
    }

    [Fact]
    public void Supply_FileThatIsGoneSinceItWasOpened_SharesTheMapping()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A mapped file cannot be deleted there.");
        var path = _folder.Write("w", File.ReadAllBytes(Fixture.Path("micro/model.safetensors")));
        using var mapped = SafetensorsReader.Open(path);
        File.Delete(path);

        Assert.Equal(Embedding(Fixture.Path("micro/model.safetensors")), Embedding(mapped));
    }

    private static float[] Embedding(string path)
    {
        using var weights = SafetensorsReader.Open(path);
        return Embedding(weights);
    }

    private static float[] Embedding(ICheckpoint weights)
    {
        using var micro = TestModel.Open("micro");
        using var encoder = new Sam2ImageEncoder(micro.Config, weights);
        return encoder.Encode(Image, TestContext.Current.CancellationToken).ImageEmbedding.ToArray();
    }
}
