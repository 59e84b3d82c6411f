using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models;

/// <summary>What is recognised, and what is said of files that are something else.</summary>
public class OnnxExportTests
{
    [Theory]
    [InlineData("samexporter", "samexporter", 2)]
    [InlineData("onnxruntime", "ONNX Runtime's convert_to_onnx", 2)]
    [InlineData("transformers.js", "transformers.js", 1)]
    [InlineData("ours", "MaskGen.ML", 1)]
    public void Open_EveryFamily_IsToldByItsNamesAndShapes(string kind, string family, int decoders)
    {
        using var opened = OnnxExports.Open(kind).OpenVerified();
        Assert.Equal(family, opened.Export!.Family.Name);
        Assert.Equal(decoders, opened.Export.Decoders.Count);
        Assert.Equal(new OnnxExportSizes(128, 8, 32), opened.Export.Sizes);
        Assert.Equal((128, 32), (opened.Config.ImageSize, opened.Config.HiddenSize));
    }

    [Fact]
    public void Describe_Export_SaysWhoMadeItAndWhatItsWeightsAre()
    {
        var description = OnnxExports.Open("transformers.js", new Sam2OnnxOptions { Precision = Sam2OnnxPrecision.Float16 }).Describe();
        Assert.Equal("transformers.js", description.Export);
        Assert.Equal(["float16", "int64"], description.StoredTypes);
        Assert.Equal(128, description.ImageSize);
        Assert.EndsWith("vision_encoder_fp16.onnx", description.WeightsPath, StringComparison.Ordinal);
        Assert.Null(description.OfficialSize);
    }

    [Fact]
    public void Fingerprint_OfOtherFilesOrOtherPreprocessing_IsAnother()
    {
        string[] prints =
        [
            OnnxExports.Open("samexporter").Fingerprint,
            OnnxExports.Open("samexporter", new Sam2OnnxOptions { Pixels = Sam2OnnxPixels.Raw }).Fingerprint,
            OnnxExports.Open("samexporter", new Sam2OnnxOptions { KeepAspectRatio = true }).Fingerprint,
            OnnxExports.Open("transformers.js").Fingerprint,
            OnnxExports.Open("transformers.js", new Sam2OnnxOptions { Precision = Sam2OnnxPrecision.Quantized4 }).Fingerprint,
        ];
        Assert.Equal(prints.Length, prints.Distinct().Count());
        Assert.Equal(prints[0], OnnxExports.Open("samexporter", new Sam2OnnxOptions { BestAsSingle = true }).Fingerprint);
    }

    [Theory]
    [InlineData("transformers.js/onnx/vision_encoder.onnx", "onnx/vision_encoder.onnx_data")]
    [InlineData("transformers.js/onnx/prompt_encoder_mask_decoder.onnx", "onnx/prompt_encoder_mask_decoder.onnx_data")]
    public void Open_WeightsCutOffOrGone_NamesThem(string graph, string weights)
    {
        using var folder = new TestFolder();
        OnnxExports.Copy("transformers.js", folder);
        var name = Path.GetFileName(weights);
        var bytes = File.ReadAllBytes(folder[weights]);
        folder.Write(weights, bytes[..^1]);
        var cut = Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromOnnx(folder.Path).Open());
        Assert.Contains($"of {name}, found {bytes.Length - 1} bytes: that file is cut off", cut.Message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(graph), cut.Message, StringComparison.Ordinal);

        File.Delete(folder[weights]);
        var gone = Assert.Throws<FileNotFoundException>(() => Sam2Model.FromOnnx(folder.Path).Open());
        Assert.Contains($"expected its weights in {name} beside it, found no such file", gone.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("samexporter", "micro.encoder.onnx")]
    [InlineData("samexporter", "micro.decoder.onnx")]
    [InlineData("onnxruntime", "micro_image_decoder.onnx")]
    public void Open_FileCutOffAnywhere_SaysSo(string kind, string file)
    {
        using var folder = new TestFolder();
        OnnxExports.Copy(kind, folder);
        var bytes = File.ReadAllBytes(folder[file]);
        foreach (var length in new[] { 1, 3, 40, bytes.Length / 2, bytes.Length - 1 })
        {
            folder.Write(file, bytes[..length]);
            var error = Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromOnnx(folder.Path).Open());
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
            Assert.Contains("expected an ONNX file", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_Foreign_NamesWhatWasFoundAndWhatItIs()
    {
        var yolo = OnnxExports.Make([("images", [1, 3, 640, 640])], [("output0", [1, 84, 8400])]);
        AssertRefused(
            yolo, "input images float32 [1, 3, 640, 640]; output output0 float32 [1, 84, 8400] (a YOLO detector, or the like)");
        AssertRefused(
            OnnxExports.Make([("image", [1, 3, 1024, 1024])], [("image_embeddings", [1, 256, 64, 64])]),
            "output image_embeddings float32 [1, 256, 64, 64] (the encoder of SAM 1, which gives no high-resolution features)");
        AssertRefused(
            File.ReadAllBytes(OnnxExports.Path("samexporter/micro.decoder.onnx")),
            "(the mask decoder of SAM 2: name its encoder instead)");
        AssertRefused("PK\u0003\u0004, and so on"u8.ToArray(), "expected an ONNX file, found ");
        AssertRefused([0x08, 0x07], "found one without");

        var encoder = File.ReadAllBytes(OnnxExports.Path("samexporter/micro.encoder.onnx"));
        AssertRefused(
            encoder,
            "(the decoder of SAM 1, which has no high-resolution features)",
            OnnxExports.Make(
                [
                    ("image_embeddings", [1, 256, 64, 64]), ("point_coords", [1, 2, 2]), ("point_labels", [1, 2]),
                    ("mask_input", [1, 1, 256, 256]), ("has_mask_input", [1]), ("orig_im_size", [2]),
                ],
                [("masks", [1, 4, 256, 256]), ("iou_predictions", [1, 4]), ("low_res_masks", [1, 4, 256, 256])]));
        AssertRefused(encoder, "input images float32", yolo);
        AssertRefused(encoder, "(the image encoder of SAM 2: name its decoder instead)", encoder);
        AssertRefused(
            encoder,
            "expected a decoder by samexporter or MaskGen.ML, as its encoder is, found one by ONNX Runtime's convert_to_onnx",
            File.ReadAllBytes(OnnxExports.Path("onnxruntime/micro_image_decoder_multi.onnx")));
    }

    [Fact]
    public void Open_DecoderOfAnotherModel_SaysThatTheyDoNotFit()
    {
        using var folder = new TestFolder();
        OnnxExports.Copy("samexporter", folder);
        OnnxExports.Change(folder["micro.decoder.onnx"], model => model.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimValue = 256);
        var error = Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromOnnx(folder.Path).Open());
        Assert.Contains("image_embed", error.Message, StringComparison.Ordinal);
        Assert.Contains("256", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WeightsInAnotherFolder_AreRefused()
    {
        using var folder = new TestFolder();
        OnnxExports.Copy("transformers.js", folder);
        OnnxExports.Change(folder["onnx/vision_encoder.onnx"], model =>
        {
            foreach (var entry in model.Graph.Initializer.SelectMany(tensor => tensor.ExternalData).Where(entry => entry.Key == "location"))
            {
                entry.Value = "../../secret";
            }
        });
        var error = Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromOnnx(folder.Path).Open());
        Assert.Contains("expected the name of a file of weights beside it, found '../../secret'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_OfAnExportWhoseTokensHaveOtherPixels_AreReadFromTheGraph()
    {
        // As the tracker of SAM 3: 14 pixels a token.
        using var folder = new TestFolder();
        (string, int[])[] features =
        [
            ("image_embeddings.0", [1, 32, 288, 288]), ("image_embeddings.1", [1, 64, 144, 144]), ("image_embeddings.2", [1, 256, 72, 72]),
        ];
        folder.Write("vision_encoder.onnx", OnnxExports.Make([("pixel_values", [1, 3, 1008, 1008])], features));
        folder.Write("prompt_encoder_mask_decoder.onnx", OnnxExports.Make(
            [("input_points", [1, 1, 1, 2]), ("input_labels", [1, 1, 1]), ("input_boxes", [1, 1, 4]), .. features],
            [("pred_masks", [1, 1, 3, 288, 288]), ("iou_scores", [1, 1, 3]), ("object_score_logits", [1, 1, 1])]));

        using var opened = Sam2Model.FromOnnx(folder.Path).Open();

        Assert.Equal(new OnnxExportSizes(1008, 72, 256), opened.Export!.Sizes);
        Assert.Equal((72, 288), (opened.Config.EmbeddingSize, opened.Config.MaskSize));
        Assert.False(opened.Export.HasUsualPixels);
        Assert.Equal(1008f / 1152, new ML.Inference.ExportFrame(opened.Export, new ImageSize(640, 480)).Scale.X);
    }

    [Theory]
    [InlineData(256, 134_217_728, "expected sides of at most 16384, found image_embeddings.2 float32 [1, 256, 134217728, 134217728]")]
    [InlineData(16_392, 64, "expected sides of at most 16384, found image_embeddings.2 float32 [1, 16392, 64, 64]")]
    [InlineData(256, 1_026, "expected an image of 1 to 16384 pixels a side, found 16416")]
    public void Open_SizesThatNoModelHas_AreRefusedBeforeTheyAreMultiplied(int channels, int side, string expected)
    {
        using var folder = new TestFolder();
        (string, int[])[] features =
        [
            ("image_embeddings.0", [1, channels / 8, unchecked(4 * side), unchecked(4 * side)]),
            ("image_embeddings.1", [1, channels / 4, unchecked(2 * side), unchecked(2 * side)]),
            ("image_embeddings.2", [1, channels, side, side]),
        ];
        folder.Write("vision_encoder.onnx", OnnxExports.Make([("pixel_values", [1, 3, 1024, 1024])], features));
        folder.Write("prompt_encoder_mask_decoder.onnx", OnnxExports.Make(
            [("input_points", [1, 1, 1, 2]), ("input_labels", [1, 1, 1]), ("input_boxes", [1, 1, 4]), .. features],
            [("pred_masks", [1, 1, 3, 256, 256]), ("iou_scores", [1, 1, 3]), ("object_score_logits", [1, 1, 1])]));

        var error = Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromOnnx(folder.Path).Open());

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_OfAModelInOnnx_IsRefused()
    {
        using var folder = new TestFolder();
        var error = Assert.Throws<NotSupportedException>(() => Sam2OnnxExporter.Export(OnnxExports.Open("samexporter"), folder["out"]));
        Assert.Contains("is in ONNX already (samexporter, micro.encoder.onnx)", error.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(byte[] encoder, string expected, byte[]? decoder = null)
    {
        using var folder = new TestFolder();
        var path = folder.Write("some_encoder.onnx", encoder);
        folder.Write("some_decoder.onnx", decoder ?? encoder);
        var error = Assert.Throws<CheckpointFormatException>(() => Sam2Model.FromOnnx(path).Open());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(decoder is null ? path : folder["some_decoder.onnx"], error.Message, StringComparison.Ordinal);
    }
}
