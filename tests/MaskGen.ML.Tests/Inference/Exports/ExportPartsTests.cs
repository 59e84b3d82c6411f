using MaskGen.ML.Tests.Stages;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Inference.Exports;

/// <summary>A saved stage keeps the files of an export that it needs, and no others.</summary>
public sealed class ExportPartsTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Create_DecoderOfASavedEncodingStage_SaysWhatIsNotThere()
    {
        var loaded = Reloaded(_ml.Transforms.EncodeSam2Images("E", "Bytes", new() { Model = OnnxExports.Open("samexporter") }));
        using var stage = Assert.IsType<Sam2ImageEncodingTransformer>(loaded);

        var error = Assert.Throws<CheckpointFormatException>(() => new Sam2PromptDecoder(stage.Options.Model!));

        Assert.Contains("expected a mask decoder, found a model of its image encoder alone", error.Message, StringComparison.Ordinal);
        using var encoder = new Sam2ImageEncoder(stage.Options.Model!);
    }

    [Fact]
    public void Create_EncoderOfASavedDecodingStage_SaysWhatIsNotThere()
    {
        var model = OnnxExports.Open("samexporter");
        var loaded = Reloaded(
            _ml.Transforms.EncodeSam2Images("E", "Bytes", new() { Model = model })
                .Append(_ml.Transforms.DecodeSam2Prompts("M", "E", new() { Model = model, PointColumn = "Points" })));
        using var stage = Assert.IsType<Sam2PromptDecodingTransformer>(loaded);

        var error = Assert.Throws<CheckpointFormatException>(() => new Sam2ImageEncoder(stage.Options.Model!));

        Assert.Contains("expected an image encoder, found a model of its mask decoder alone", error.Message, StringComparison.Ordinal);
        using var decoder = new Sam2PromptDecoder(stage.Options.Model!);
    }

    // The last stage.
    private ITransformer Reloaded(IEstimator<ITransformer> estimator)
    {
        var data = _ml.Data.LoadFromEnumerable([new Row()]);
        var model = estimator.Fit(data);
        using var fitted = model as IDisposable;
        _ml.Model.Save(model, data.Schema, _folder["stage.zip"]);
        var loaded = _ml.Model.Load(_folder["stage.zip"], out _);
        return loaded is IEnumerable<ITransformer> chain ? chain.Last() : loaded;
    }

    private sealed class Row
    {
        public byte[] Bytes { get; set; } = File.ReadAllBytes(Fixture.Path(StageData.Paths[0]));

        public float[] Points { get; set; } = [7, 5];
    }
}
