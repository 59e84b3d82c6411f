using MaskGen.ML.Cli;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Cli;

public sealed class EncodeCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public EncodeCommandTests()
    {
        Directory.CreateDirectory(_folder["photos"]);
        File.Copy(Fixture.Path("images/breakfast.png"), _folder["photos/a.png"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Encode_Folder_FillsTheCacheOnce()
    {
        var first = await EncodeAsync("photos");
        var second = await EncodeAsync("photos");

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Contains("1 encoded, 0 were there already", first.Error, StringComparison.Ordinal);
        Assert.Contains("0 encoded, 1 were there already", second.Error, StringComparison.Ordinal);
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        var sha256 = MaskGen.ML.Cli.Inputs.InputImage.HashOf(_folder["photos/a.png"])!;
        var encoded = encoder.Encode(RgbImage.Load(_folder["photos/a.png"]), TestContext.Current.CancellationToken);
        Assert.Equal(
            encoded.ImageEmbedding.ToArray(),
            new EmbeddingFolder(_folder["cache"]).TryLoad(sha256, Sam2Model.Nano.Fingerprint)!.ImageEmbedding.ToArray());
    }

    [Fact]
    public async Task Encode_OtherPrecision_IsKeptBesideTheFirst()
    {
        var first = await EncodeAsync("photos");
        var second = await EncodeAsync("photos", "--precision", "int8");
        var third = await EncodeAsync("photos", "--precision", "INT8");
        var fourth = await EncodeAsync("photos", "--precision", "float16");

        Assert.DoesNotContain("images are encoded in", first.Error, StringComparison.Ordinal);
        Assert.Contains(
            "images are encoded in float16, which is hardly faster than float32 on a CPU", fourth.Error, StringComparison.Ordinal);
        Assert.Contains("images are encoded in int8", second.Error, StringComparison.Ordinal);
        Assert.Contains("1 encoded, 0 were there already", second.Error, StringComparison.Ordinal);
        Assert.Contains("0 encoded, 1 were there already", third.Error, StringComparison.Ordinal);
        var folder = new EmbeddingFolder(_folder["cache"]);
        var sha256 = MaskGen.ML.Cli.Inputs.InputImage.HashOf(_folder["photos/a.png"])!;
        Assert.True(folder.Has(sha256, Sam2Model.Nano.Fingerprint));
        Assert.True(folder.Has(sha256, Sam2Model.Nano.WithEncoderPrecision(EncoderPrecision.Int8).Fingerprint));
    }

    [Fact]
    public async Task Encode_OtherRange_IsKeptBesideTheFirst()
    {
        var full = await EncodeAsync("photos");
        var auto = await EncodeAsync("photos", "--range", "auto");
        var again = await EncodeAsync("photos", "--range", "AUTO");

        Assert.Equal((0, 0), (full.ExitCode, auto.ExitCode));
        Assert.Contains("1 encoded, 0 were there already", auto.Error, StringComparison.Ordinal);
        Assert.Contains("0 encoded, 1 were there already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_ImageThatCannotBeRead_IsNamedAndTheOthersGoOn()
    {
        File.WriteAllText(_folder["photos/0.png"], "no image");

        var run = await EncodeAsync("photos");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("0.png: expected an image", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 encoded, 0 were there already, 1 failed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_MoreThanTheCacheHolds_StopsAndSaysSo()
    {
        var run = await EncodeAsync("photos", "--cache-size", "1M");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--cache-size makes room", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--cache-size", "lots", "--cache-size")]
    [InlineData("--cache", "photos/a.png", "--cache")]
    [InlineData("--precision", "int4", "--precision: expected float32 or int8 or float16, found 'int4'.")]
    public async Task Encode_WrongOption_IsRefusedByName(string option, string value, string named)
    {
        var run = await EncodeAsync("photos", option, option == "--cache" ? _folder[value] : value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Error)> EncodeAsync(string photos, params string[] options)
    {
        using var error = new StringWriter();
        string[] cache = options.Contains("--cache") ? [] : ["--cache", _folder["cache"]];
        var exitCode = await MaskGenCommandLine.RunAsync(
            ["encode", _folder[photos], "--model", "nano", .. cache, .. options],
            TextWriter.Null,
            error,
            TestContext.Current.CancellationToken);
        return (exitCode, error.ToString());
    }
}
