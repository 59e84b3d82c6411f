using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Where the stages of a pipeline run, said after it was made or loaded.</summary>
public sealed class StageSessionTests : IDisposable
{
    private static readonly Sam2SessionOptions OneThread = new() { ThreadCount = 1 };
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SetSam2Session_LoadedPipeline_ReachesEveryStageAndGivesTheSameMasks()
    {
        var data = StageData.PlainPrompts(_ml, encoded: false);
        string[] columns = ["Masks", "All"];
        List<string> expected;
        using (var saved = Pipeline().Fit(data))
        {
            expected = ColumnDigest.Of(saved.Transform(data), columns);
            _ml.Model.Save(saved, data.Schema, _folder["pipeline.zip"]);
        }

        var loaded = _ml.Model.Load(_folder["pipeline.zip"], out _);
        Assert.All(Sessions(loaded), Assert.Null);
        loaded.SetSam2Session(OneThread);
        Assert.Equal([OneThread, OneThread, OneThread], Sessions(loaded));
        Assert.Equal(expected, ColumnDigest.Of(loaded.Transform(data), columns));

        // What runs already stays where it is.
        var error = Assert.Throws<InvalidOperationException>(() => loaded.SetSam2Session(new() { ThreadCount = 2 }));
        Assert.Contains("micro is loaded already", error.Message, StringComparison.Ordinal);
        ((IDisposable)loaded).Dispose();
        Assert.Throws<ObjectDisposedException>(() => loaded.SetSam2Session(OneThread));
    }

    [Fact]
    public void SetSam2Session_Device_IsTheOneThatIsAskedFor()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "There is a GPU here.");
        var data = StageData.Images(_ml);
        using var encoder = _ml.Transforms.EncodeSam2Images("E", "Image", new() { Model = StageData.Micro }).Fit(data);
        encoder.SetSam2Session(new() { GpuDeviceId = 4 });
        var view = encoder.Transform(data);
        Assert.Contains(
            "CUDA device 4",
            Assert.Throws<InvalidOperationException>(() => view.GetRowCursor(view.Schema)).Message,
            StringComparison.Ordinal);

        // It was not loaded, so another may be asked for.
        encoder.SetSam2Session(OneThread);
        Assert.Equal(StageData.Paths.Length, ColumnDigest.Of(view, ["E"]).Count);
    }

    [Fact]
    public void SetSam2Session_WrongArguments_SayWhatIsExpected()
    {
        var data = StageData.Images(_ml);
        var copy = _ml.Transforms.CopyColumns("Other", "Path").Fit(data);
        Assert.Contains(
            "found none", Assert.Throws<ArgumentException>(() => copy.SetSam2Session(OneThread)).Message, StringComparison.Ordinal);
        using var encoder = _ml.Transforms.EncodeSam2Images("E", "Image", new() { Model = StageData.Micro }).Fit(data);
        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.SetSam2Session(new() { ThreadCount = 0 }));
        Assert.Throws<ArgumentNullException>(() => encoder.SetSam2Session(null!));
        Assert.Throws<ArgumentNullException>(() => MaskGenCatalog.SetSam2Session(null!, OneThread));
    }

    [Fact]
    public void Catalog_OptionsWithoutTheirType_Compile()
    {
        // That they compile is what is tested: each has an overload with a text in the place of the options.
        IEstimator<ITransformer>[] estimators =
        [
            _ml.Transforms.PreprocessSam2Images("X", "Image", new() { MaximumPixels = 5 }),
            _ml.Transforms.EncodeSam2Images("X", "Image", new() { MaximumPixels = 5 }),
            _ml.Transforms.DecodeSam2Prompts("X", "Embedding", new() { PointColumn = "Points" }),
            _ml.Transforms.GenerateMasks("X", "Image", new() { PointsPerSide = 5 }),
            _ml.Transforms.ExpandMasks("X", "Masks", new() { ImageColumn = "Image" }),
            _ml.Transforms.ExpandMasks("X", "Masks", new()),
        ];
        Assert.Equal(6, estimators.Length);
    }

    private EstimatorChain<ColumnCopyingTransformer> Pipeline() =>
        _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = StageData.Micro })
            .Append(_ml.Transforms.CopyColumns("Copy", "Path"))
            .Append(_ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions)
                .Append(_ml.Transforms.GenerateMasks("All", "Image", StageData.GenerationOptions)))
            .Append(_ml.Transforms.CopyColumns("Copy2", "Path"));

    private static IEnumerable<Sam2SessionOptions?> Sessions(ITransformer model) => model switch
    {
        IEnumerable<ITransformer> chain => chain.SelectMany(Sessions),
        Sam2ImageEncodingTransformer encoder => [encoder.Options.Session],
        Sam2PromptDecodingTransformer decoder => [decoder.Options.Session],
        MaskGenerationTransformer generator => [generator.Options.Session],
        _ => [],
    };
}
