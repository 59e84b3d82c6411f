using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>Every writer to a stream that refuses synchronous writes, as ASP.NET's do.</summary>
public class AsyncWriterTests
{
    private static readonly MaskSet Masks = ResultSamples.PromptedMasks;

    public static TheoryData<string> Writers => ["records", "mask", "overlay", "labels", "page", "dataset"];

    [Theory]
    [MemberData(nameof(Writers))]
    public async Task WriteAsync_StreamWithoutSynchronousWrites_GetsWhatWriteWrites(string writer)
    {
        await using var stream = new AsyncOnlyStream();
        await WriteAsync(writer, stream, TestContext.Current.CancellationToken);
        using var expected = new MemoryStream();
        Write(writer, expected);

        Assert.NotEmpty(stream.ToArray());
        Assert.Equal(expected.ToArray(), stream.ToArray());
    }

    [Theory]
    [MemberData(nameof(Writers))]
    public async Task WriteAsync_Cancelled_WritesNothing(string writer)
    {
        await using var stream = new AsyncOnlyStream();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WriteAsync(writer, stream, new CancellationToken(canceled: true)));

        Assert.Empty(stream.ToArray());
    }

    [Fact]
    public async Task WriteAsync_FailureInTheMiddle_NeverWritesSynchronously()
    {
        await using var stream = new AsyncOnlyStream();
        var masks = new MaskSet(Masks.ImageSize, [Masks[0], Masks[1] with { Points = [new(float.NaN, 0)] }]);

        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => MasksJson.WriteAsync(stream, "a.png", "nano", masks, cancellationToken: TestContext.Current.CancellationToken));

        Assert.StartsWith("Mask 1: expected finite coordinates", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_WrongArguments_AreRefused()
    {
        var token = TestContext.Current.CancellationToken;
        var small = new MaskSet(new ImageSize(1, 1), [MaskRecord.From(RunLengthEncoding.FromCounts(new ImageSize(1, 1), [1]))]);

        await Assert.ThrowsAsync<ArgumentException>(
            () => MaskOverlay.WriteAsync(Stream.Null, ResultSamples.Image, small, cancellationToken: token));
        await Assert.ThrowsAsync<ArgumentException>(
            () => HtmlReport.WriteAsync(Stream.Null, "a", ResultSamples.Image, small, cancellationToken: token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => MaskOverlay.WriteAsync(Stream.Null, ResultSamples.Image, Masks, new() { Quality = 0 }, token));
        await Assert.ThrowsAsync<ArgumentException>(
            () => MaskPng.WriteAsync(Stream.Null, RunLengthEncoding.FromCounts(default, [0]), token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => LabelMap.FromMasks(MaskSet.Empty).WritePngAsync(Stream.Null, token));
        await Assert.ThrowsAsync<ArgumentNullException>(() => MaskPng.WriteAsync(null!, Masks[0].Segmentation, token));
    }

    [Fact]
    public async Task ReadAsync_StreamWithoutSynchronousReads_GivesTheMasks()
    {
        using var written = new MemoryStream();
        MasksJson.Write(written, "a.png", "nano", Masks);
        await using var stream = new AsyncOnlyStream(written.ToArray());

        var file = await MasksJson.ReadAsync(stream, TestContext.Current.CancellationToken);

        Assert.Equal(Masks, file.Masks);
    }

    private static async Task WriteAsync(string writer, Stream stream, CancellationToken token)
    {
        switch (writer)
        {
            case "records":
                await MasksJson.WriteAsync(stream, "a.png", "nano", Masks, cancellationToken: token);
                break;
            case "mask":
                await MaskPng.WriteAsync(stream, Masks[0].Segmentation, token);
                break;
            case "overlay":
                await MaskOverlay.WriteAsync(stream, ResultSamples.Image, Masks, new() { ShowPrompts = true }, token);
                break;
            case "labels":
                await LabelMap.FromMasks(Masks).WritePngAsync(stream, token);
                break;
            case "page":
                await HtmlReport.WriteAsync(stream, "a.png", ResultSamples.Image, Masks, cancellationToken: token);
                break;
            default:
                using (var dataset = new CocoDatasetWriter(stream))
                {
                    await dataset.AddImageAsync("a.png", Masks, token);
                    await dataset.CompleteAsync(token);
                }

                break;
        }
    }

    private static void Write(string writer, Stream stream)
    {
        switch (writer)
        {
            case "records":
                MasksJson.Write(stream, "a.png", "nano", Masks);
                break;
            case "mask":
                MaskPng.Write(stream, Masks[0].Segmentation);
                break;
            case "overlay":
                MaskOverlay.Write(stream, ResultSamples.Image, Masks, new() { ShowPrompts = true });
                break;
            case "labels":
                LabelMap.FromMasks(Masks).WritePng(stream);
                break;
            case "page":
                HtmlReport.Write(stream, "a.png", ResultSamples.Image, Masks);
                break;
            default:
                using (var dataset = new CocoDatasetWriter(stream))
                {
                    dataset.AddImage("a.png", Masks);
                    dataset.Complete();
                }

                break;
        }
    }
}
