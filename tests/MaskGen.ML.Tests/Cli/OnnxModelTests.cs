namespace MaskGen.ML.Tests.Cli;

/// <summary>Models in ONNX on the command line.</summary>
public sealed class OnnxModelTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("samexporter")]
    [InlineData("transformers.js")]
    public async Task Everything_FolderOfAnExport_WritesMasks(string kind)
    {
        var run = await RunAsync(
            "everything", Fixture.Path("images/scene.png"), "--model", OnnxExports.FolderOf(kind), "--points-per-side", "3",
            "--pred-iou-thresh", "0.2", "--stability-score-thresh", "0.2", "--out", _folder["out"], "--format", "json");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("device: CPU", run.Error, StringComparison.Ordinal);
        Assert.Contains($"model: {OnnxExports.FolderOf(kind)}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_BoxForAnExportWithoutASingleMask_GivesTheBestOfThree()
    {
        var run = await RunAsync(
            "prompt", Fixture.Path("images/scene.png"), "--box", "70,63,288,179", "--dtype", "q8", "--model",
            OnnxExports.Path("transformers.js"), "--out", _folder["out"], "--format", "json");

        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public async Task Prompt_MaskForAnExportThatTakesNone_SaysSo()
    {
        var run = await RunAsync(
            "prompt", Fixture.Path("images/scene.png"), "--point", "100,100", "--mask", Fixture.Path("images/scene.png"), "--model",
            OnnxExports.Path("transformers.js/onnx/vision_encoder.onnx"), "--out", _folder["out"], "--format", "json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("vision_encoder.onnx, by transformers.js, takes no masks", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_EncoderWithDecoderNamed_DescribesIt()
    {
        var run = await RunAsync(
            "models", "info", OnnxExports.Path("onnxruntime/micro_image_encoder.onnx"), "--decoder",
            OnnxExports.Path("onnxruntime/micro_image_decoder_multi.onnx"));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("ONNX Runtime's convert_to_onnx", run.Output, StringComparison.Ordinal);
        Assert.Contains("128 x 128", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("stage widths", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--dtype: expected fp32, fp16, q8, q4, found 'q5'.", "--dtype", "q5")]
    [InlineData("--onnx-pixels: expected normalized, raw or unit, found '2'.", "--onnx-pixels", "2")]
    [InlineData("Expected a model in ONNX beside a precision or a decoder, found nano", "--dtype", "fp16", "--model", "nano")]
    [InlineData("--provider-option: expected KEY=VALUE, found 'device'.", "--provider", "OpenVINO", "--provider-option", "device")]
    [InlineData("--provider-option: expected --provider beside it, found none.", "--provider-option", "device_type=GPU")]
    [InlineData("expected --gpu or --provider, found both.", "--gpu", "0", "--provider", "OpenVINO")]
    [InlineData(
        "--provider-option: expected one value of a, found '1' and '2'.",
        "--provider", "OpenVINO", "--provider-option", "a=1", "--provider-option", "a=2")]
    [InlineData("--provider: expected the name of an execution provider, found none.", "--provider", "")]
    [InlineData("--provider-option: expected no options of CPU, found a.", "--provider", "CPU", "--provider-option", "a=1")]
    [InlineData("(--onnx-pixels) or KeepAspectRatio (--onnx-keep-aspect), found nano", "--model", "nano", "--onnx-pixels", "raw")]
    [InlineData("found nano, the embedded model", "--model", "nano", "--onnx-keep-aspect")]
    public async Task Options_ThatCannotBeMeant_AreNamed(string expected, params string[] options)
    {
        var run = await RunAsync(["everything", Fixture.Path("images/scene.png"), "--out", _folder["out"], .. options]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_ThatContradictTheFileOfTheModel_AreNamed()
    {
        var encoder = OnnxExports.Path("transformers.js/onnx/vision_encoder.onnx");
        var precision = await RunAsync(
            "everything", Fixture.Path("images/scene.png"), "--out", _folder["out"], "--model", encoder, "--dtype", "q8");
        var checkpoint = await RunAsync(
            "everything", Fixture.Path("images/scene.png"), "--out", _folder["out"], "--model", Fixture.Path("micro"),
            "--onnx-keep-aspect");

        Assert.Equal((2, 2), (precision.ExitCode, checkpoint.ExitCode));
        Assert.Contains(
            "vision_encoder.onnx: expected a file of the precision q8 ('*_quantized.onnx'), found one whose name says no other than fp32",
            precision.Error,
            StringComparison.Ordinal);
        Assert.Contains("micro, a checkpoint", checkpoint.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_ThreeMasksOfADecoderThatGivesOne_EndsBeforeAnyImageIsEncoded()
    {
        foreach (var name in new[] { "a.png", "b.png" })
        {
            _folder.Write($"photos/{name}", File.ReadAllBytes(Fixture.Path("images/scene.png")));
        }

        File.WriteAllText(_folder["boxes.csv"], "image,x0,y0,x1,y1\na.png,70,63,288,179\nb.png,70,63,288,179\n");

        var run = await RunAsync(
            "prompt", _folder["photos"], "--boxes", _folder["boxes.csv"], "--multimask", "--out", _folder["out"], "--format", "json",
            "--model", OnnxExports.Path("onnxruntime/micro_image_encoder.onnx"), "--decoder",
            OnnxExports.Path("onnxruntime/micro_image_decoder.onnx"));

        Assert.NotEqual(0, run.ExitCode);
        Assert.Equal(1, run.Error.Split("Expected one mask per prompt").Length - 1);
        Assert.DoesNotContain("a.png", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gpu_ThatCannotBeUsed_EndsOrFallsBackAsAskedFor()
    {
        string[] arguments =
        [
            "everything", Fixture.Path("images/scene.png"), "--points-per-side", "1", "--out", _folder["out"], "--format", "json",
            "--gpu", "0",
        ];

        var failed = await RunAsync(arguments);
        var fallen = await RunAsync([.. arguments, "--fallback-to-cpu"]);

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains(
            "reference the package Microsoft.ML.OnnxRuntime.Gpu (1.31.0, which needs CUDA 13 and cuDNN 9)",
            failed.Error,
            StringComparison.Ordinal);
        Assert.Contains("--fallback-to-cpu", failed.Error, StringComparison.Ordinal);
        Assert.Equal(0, fallen.ExitCode);
        Assert.Contains("device: CPU (CUDA device 0 was asked for, but", fallen.Error, StringComparison.Ordinal);
    }

    private static Task<CommandLineRun> RunAsync(params string[] arguments) => CommandLineRun.OfAsync(arguments);
}
