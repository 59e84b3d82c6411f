using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models;

/// <summary>Which files are meant by a path.</summary>
public sealed class OnnxExportFilesTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("micro.encoder.onnx", "micro.decoder.onnx", "micro.decoder-single.onnx")]
    [InlineData("sam2_hiera_tiny_image_encoder.onnx", "sam2_hiera_tiny_image_decoder.onnx", "sam2_hiera_tiny_image_decoder_multi.onnx")]
    [InlineData("vision_encoder_q4.onnx", "prompt_encoder_mask_decoder_q4.onnx")]
    [InlineData("encoder.onnx", "decoder.onnx")]
    [InlineData("sam2_hiera_small_encoder.onnx", "sam2_hiera_small_decoder.onnx")]
    public void Find_NamesOfEveryFamily_FindsDecoders(string encoder, params string[] decoders)
    {
        Touch([encoder, .. decoders, "else_decoder.onnx", "notes.txt"]);

        var found = OnnxExportFiles.Find(_folder[encoder], new Sam2OnnxOptions());
        var byFolder = OnnxExportFiles.Find(_folder.Path, new Sam2OnnxOptions());

        Assert.Equal(encoder, Path.GetFileName(found.EncoderPath));
        Assert.Equal(decoders.Order(StringComparer.Ordinal), found.DecoderPaths.Select(path => Path.GetFileName(path)!));
        Assert.Equal(encoder, Path.GetFileName(byFolder.EncoderPath));
    }

    [Theory]
    [InlineData(null, "vision_encoder.onnx")]
    [InlineData(Sam2OnnxPrecision.Float32, "vision_encoder.onnx")]
    [InlineData(Sam2OnnxPrecision.Float16, "vision_encoder_fp16.onnx")]
    [InlineData(Sam2OnnxPrecision.Quantized8, "vision_encoder_quantized.onnx")]
    [InlineData(Sam2OnnxPrecision.Quantized4, "vision_encoder_q4.onnx")]
    public void Find_SeveralPrecisions_TakesTheOneAskedFor(Sam2OnnxPrecision? precision, string encoder)
    {
        var found = OnnxExportFiles.Find(OnnxExports.Path("transformers.js"), new Sam2OnnxOptions { Precision = precision });

        Assert.Equal(encoder, Path.GetFileName(found.EncoderPath));
        Assert.Equal(
            encoder.Replace("vision_encoder", "prompt_encoder_mask_decoder", StringComparison.Ordinal),
            Path.GetFileName(Assert.Single(found.DecoderPaths)));
    }

    [Fact]
    public void Find_NoSuchPrecision_NamesWhatThereIs()
    {
        Touch("vision_encoder.onnx", "prompt_encoder_mask_decoder.onnx");
        var error = Assert.Throws<FileNotFoundException>(
            () => Sam2Model.FromOnnx(_folder.Path, new Sam2OnnxOptions { Precision = Sam2OnnxPrecision.Quantized4 }));
        Assert.Contains("of the precision q4 ('*encoder*_q4.onnx')", error.Message, StringComparison.Ordinal);
        Assert.Contains("found prompt_encoder_mask_decoder.onnx, vision_encoder.onnx", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_OnePrecisionAlone_IsTakenUnasked()
    {
        Touch("onnx/vision_encoder_fp16.onnx", "onnx/prompt_encoder_mask_decoder_fp16.onnx");
        Assert.EndsWith("_fp16.onnx", OnnxExportFiles.Find(_folder.Path, new Sam2OnnxOptions()).EncoderPath, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_SeveralModelsInAFolder_NamesThem()
    {
        Touch("a_encoder.onnx", "a_decoder.onnx", "b_encoder.onnx", "b_decoder.onnx");
        var error = Assert.Throws<FileNotFoundException>(() => Sam2Model.FromOnnx(_folder.Path));
        Assert.Contains(
            "expected one image encoder ('*encoder*.onnx'), found a_encoder.onnx, b_encoder.onnx", error.Message, StringComparison.Ordinal);
        var named = OnnxExportFiles.Find(_folder["a_encoder.onnx"], new Sam2OnnxOptions());
        Assert.Equal("a_decoder.onnx", Path.GetFileName(named.DecoderPaths[0]));
    }

    [Fact]
    public void Find_NoDecoderBeside_SaysHowToNameIt()
    {
        Touch("model.onnx", "other.onnx");
        var error = Assert.Throws<FileNotFoundException>(() => Sam2Model.FromOnnx(_folder["model.onnx"]));
        Assert.Contains(
            "found other.onnx. Name the decoder that is meant (DecoderPath, --decoder).", error.Message, StringComparison.Ordinal);
        var named = OnnxExportFiles.Find(_folder["model.onnx"], new Sam2OnnxOptions { DecoderPath = _folder["other.onnx"] });
        Assert.Equal([_folder["other.onnx"]], named.DecoderPaths);
        Assert.Throws<FileNotFoundException>(
            () => Sam2Model.FromOnnx(_folder["model.onnx"], new Sam2OnnxOptions { DecoderPath = _folder["gone.onnx"] }));
    }

    [Fact]
    public void FromNameOrPath_FolderOrFileInOnnx_IsTakenAsSuchUnlessThereAreWeights()
    {
        Touch("vision_encoder.onnx", "prompt_encoder_mask_decoder.onnx", "maskgen.json");
        _folder.Write("maskgen.json", """{"name": "mine", "recommended_thresholds": {"predicted_iou": 0.5}}"""u8.ToArray());
        Assert.Equal("mine", Sam2Model.FromNameOrPath(_folder.Path).Name);
        Assert.Equal(0.5f, Sam2Model.FromFile(_folder["vision_encoder.onnx"]).RecommendedThresholds.PredictedIou);
        Assert.Throws<FileNotFoundException>(() => Sam2Model.FromNameOrPath("gone.onnx"));

        _folder.Write("model.safetensors", File.ReadAllBytes(Fixture.Path("micro/model.safetensors")));
        _folder.Write("config.json", File.ReadAllBytes(Fixture.Path("micro/config.json")));
        using var opened = Sam2Model.FromNameOrPath(_folder.Path).Open();
        Assert.Null(opened.Export);
    }

    [Fact]
    public void FromOnnx_OptionOfNoValue_IsRefused()
    {
        Touch("encoder.onnx", "decoder.onnx");
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Sam2Model.FromOnnx(_folder.Path, new Sam2OnnxOptions { Precision = (Sam2OnnxPrecision)9 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Sam2Model.FromOnnx(_folder.Path, new Sam2OnnxOptions { Pixels = (Sam2OnnxPixels)9 }));
    }

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            _folder.Write(name, [1]);
        }
    }
}
