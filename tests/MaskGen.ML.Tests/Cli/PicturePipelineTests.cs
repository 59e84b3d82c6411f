using MaskGen.ML.Cli;

namespace MaskGen.ML.Tests.Cli;

public class PicturePipelineTests
{
    private static readonly RgbImage Scene = RgbImage.Load(Fixture.Path("images/scene.png"));
    private static readonly RgbImage Breakfast = RgbImage.Load(Fixture.Path("images/breakfast.png"));
    private static readonly AutomaticMaskGenerationOptions Options = new()
    {
        Model = Sam2Model.FromFile(Fixture.Path("micro")), PointsPerSide = 4, PredictedIouThreshold = 0.45f, StabilityScoreThreshold = 0.3f,
    };

    [Fact]
    public void Segment_OnePictureAfterTheOther_GivesTheMasksOfEach()
    {
        using var generator = new AutomaticMaskGenerator(Options);
        using var pipeline = new PicturePipeline(Options);

        foreach (var image in new[] { Scene, Breakfast, Scene })
        {
            var masks = pipeline.Segment(image, "a picture", new Heard());

            var expected = generator.Generate(image, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(expected.ImageSize, masks.ImageSize);
            Assert.NotEmpty(masks);
            Assert.Equal(expected.Select(mask => CocoRle.Encode(mask.Segmentation)), masks.Select(mask => CocoRle.Encode(mask.Segmentation)));
        }
    }

    [Fact]
    public void Segment_APictureThatFails_IsNamedAndTheNextOneIsSegmented()
    {
        using var pipeline = new PicturePipeline(Options);
        pipeline.Segment(Scene, "first.png", new Heard());

        var error = Assert.Throws<InvalidOperationException>(() => pipeline.Segment(Breakfast, "bad.png", new Heard(() => throw new InvalidDataException("Broken."))));

        Assert.Equal("bad.png: Broken.", error.Message);
        Assert.Equal(Scene.Size, pipeline.Segment(Scene, "next.png", new Heard()).ImageSize);
    }

    [Fact]
    public void Segment_Progress_GoesToTheListenerOfThePicture()
    {
        using var pipeline = new PicturePipeline(Options with { PointsPerBatch = 4 });
        var (first, second) = (new Heard(), new Heard());

        pipeline.Segment(Scene, "first.png", first);
        pipeline.Segment(Scene, "second.png", second);

        Assert.Equal((4, 4), (first.Count, second.Count));
    }

    [Fact]
    public void Constructor_ModelThatCannotBeLoaded_FailsBeforeAnyPicture()
    {
        using var folder = new TestFolder();
        var path = folder.Write("model.safetensors", [1, 2, 3]);

        var error = Assert.ThrowsAny<Exception>(() => new PicturePipeline(Options with { Model = Sam2Model.FromFile(path) }));

        Assert.IsType<CheckpointFormatException>(error);
    }

    private sealed class Heard(Action? then = null) : IProgress<MaskGenerationProgress>
    {
        public int Count { get; private set; }

        public void Report(MaskGenerationProgress value)
        {
            Count++;
            then?.Invoke();
        }
    }
}
