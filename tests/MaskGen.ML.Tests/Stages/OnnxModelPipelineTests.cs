using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>ML.NET's own stage for ONNX models and ours in one pipeline, each before the other.</summary>
public sealed class OnnxModelPipelineTests : IDisposable
{
    private const int Side = 128;

    private static readonly string[] Tensors = ["image_embed", "high_res_feats_0", "high_res_feats_1"];
    private static readonly string[] Masks = ["Masks", "Masks.PredictedIou", "Masks.LowResolutionMaskLogits"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();
    private readonly string _encoder;
    private readonly string _decoder;

    public OnnxModelPipelineTests()
    {
        var files = Sam2OnnxExporter.Export(StageData.Micro, _folder.Path);
        (_encoder, _decoder) = (files[0], files[1]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fit_OurPixelsForeignEncoderOurDecoder_GivesTheMasksOfOurEncoder()
    {
        var data = Prompts();
        var pipeline = _ml.Transforms.PreprocessSam2Images("image", "Bytes", new() { Model = StageData.Micro })
            .Append(_ml.Transforms.ApplyOnnxModel(Tensors, ["image"], _encoder))
            .Append(_ml.Transforms.CopyColumns("E", "image_embed"))
            .Append(_ml.Transforms.CopyColumns("E.HighResolutionFeatures0", "high_res_feats_0"))
            .Append(_ml.Transforms.CopyColumns("E.HighResolutionFeatures1", "high_res_feats_1"))
            .Append(_ml.Transforms.CopyColumns("E.ImageSize", "image.ImageSize"))
            .Append(Decode())
            .Append(_ml.Transforms.GenerateMasks("All", "E", StageData.GenerationOptions));
        using var chain = pipeline.Fit(data);
        using var ours = _ml.Transforms.EncodeSam2Images("E", "Bytes", new() { Model = StageData.Micro })
            .Append(Decode())
            .Append(_ml.Transforms.GenerateMasks("All", "E", StageData.GenerationOptions))
            .Fit(data);
        string[] columns = [.. Masks, "All"];
        var expected = ColumnDigest.Of(ours.Transform(data), columns);

        // The exported encoder is the very graph that ours runs.
        Assert.Equal(expected, ColumnDigest.Of(chain.Transform(data), columns));
        Assert.Equal(expected, ColumnDigest.Of(Reloaded(chain, data).Transform(data), columns));
    }

    [Fact]
    public void Fit_OurEncoderForeignDecoder_GivesTheLogitsOfOurDecoder()
    {
        var data = Prompts();
        var shapes = new Dictionary<string, int[]>
        {
            ["image_embed"] = [1, 32, Side / 16, Side / 16],
            ["high_res_feats_0"] = [1, 4, Side / 4, Side / 4],
            ["high_res_feats_1"] = [1, 8, Side / 8, Side / 8],
            ["point_coords"] = [1, 2, 2],
            ["point_labels"] = [1, 2],
            ["mask_input"] = [1, 1, Side / 4, Side / 4],
            ["has_mask_input"] = [1],
            ["masks"] = [1, 3, Side / 4, Side / 4],
            ["iou_predictions"] = [1, 3],
        };
        var pipeline = _ml.Transforms.EncodeSam2Images("E", "Bytes", new() { Model = StageData.Micro })
            .Append(Decode())
            .Append(_ml.Transforms.CopyColumns("image_embed", "E"))
            .Append(_ml.Transforms.CopyColumns("high_res_feats_0", "E.HighResolutionFeatures0"))
            .Append(_ml.Transforms.CopyColumns("high_res_feats_1", "E.HighResolutionFeatures1"))
            .Append(_ml.Transforms.ApplyOnnxModel(
                ["masks", "iou_predictions"],
                ["image_embed", "high_res_feats_0", "high_res_feats_1", "point_coords", "point_labels", "mask_input", "has_mask_input"],
                _decoder,
                shapes,
                recursionLimit: 100));
        using var chain = pipeline.Fit(data);
        foreach (var model in (ITransformer[])[chain, Reloaded(chain, data)])
        {
            var rows = _ml.Data.CreateEnumerable<DecodedRow>(model.Transform(data), reuseRowObject: false).ToList();
            Assert.Equal(2, rows.Count);
            foreach (var row in rows)
            {
                Near.Assert("logits", row.Logits, row.ForeignLogits, Tolerances.LowResolutionMaskLogits);
                Near.Assert("predicted IoU", row.PredictedIou, row.ForeignPredictedIou, Tolerances.PredictedIou);
            }
        }
    }

    private Sam2PromptDecodingEstimator Decode() =>
        _ml.Transforms.DecodeSam2Prompts("Masks", "E", new() { Model = StageData.Micro, PointColumn = "Points" });

    private ITransformer Reloaded(ITransformer model, IDataView data)
    {
        _ml.Model.Save(model, data.Schema, _folder["chain.zip"]);
        return _ml.Model.Load(_folder["chain.zip"], out _);
    }

    private IDataView Prompts() => _ml.Data.LoadFromEnumerable(((string[])[StageData.Paths[0], StageData.Paths[3]]).Select(path =>
    {
        var size = RgbImage.Load(Fixture.Path(path)).Size;
        return new PromptRow
        {
            Bytes = File.ReadAllBytes(Fixture.Path(path)),
            Points = [7, 5],

            // In pixels of the model's input, with the padding point that a prompt without a box has.
            PointCoordinates = [7f * Side / size.Width, 5f * Side / size.Height, 0, 0],
        };
    }).ToList());

    private sealed class PromptRow
    {
        public byte[] Bytes { get; set; } = [];

        public float[] Points { get; set; } = [];

        [ColumnName("point_coords")]
        [VectorType(1, 2, 2)]
        public float[] PointCoordinates { get; set; } = [];

        [ColumnName("point_labels")]
        [VectorType(1, 2)]
        public float[] PointLabels { get; set; } = [1, -1];

        [ColumnName("mask_input")]
        [VectorType(1, 1, Side / 4, Side / 4)]
        public float[] MaskInput { get; set; } = new float[Side / 4 * (Side / 4)];

        [ColumnName("has_mask_input")]
        [VectorType(1)]
        public float[] HasMaskInput { get; set; } = [0];
    }

    private sealed class DecodedRow
    {
        [ColumnName("Masks.LowResolutionMaskLogits")]
        public float[] Logits { get; set; } = [];

        [ColumnName("Masks.PredictedIou")]
        public float[] PredictedIou { get; set; } = [];

        [ColumnName("masks")]
        public float[] ForeignLogits { get; set; } = [];

        [ColumnName("iou_predictions")]
        public float[] ForeignPredictedIou { get; set; } = [];
    }
}
