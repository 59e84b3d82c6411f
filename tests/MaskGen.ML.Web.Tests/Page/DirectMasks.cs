namespace MaskGen.ML.Web.Tests.Page;

/// <summary>What the direct API makes of the still life, to compare with.</summary>
public sealed class DirectMasks : IDisposable
{
    private readonly Sam2ImageEncoder _encoder = new(Sam2Model.Nano);
    private readonly Sam2PromptDecoder _decoder = new(Sam2Model.Nano);
    private readonly EncodedImage _image;

    public DirectMasks()
        : this(SampleImages.PathOf(SampleImages.StillLife))
    {
    }

    internal DirectMasks(string path) => _image = _encoder.Encode(RgbImage.Load(path));

    /// <summary>The three masks of a point, best first.</summary>
    internal RunLengthEncoding[] Three((int X, int Y) point) =>
        [.. _decoder.Segment(_image, [PromptOf([point])], MaskOutput.Multimask).OrderByDescending(mask => mask.PredictedIou)
            .Select(mask => mask.Segmentation)];

    /// <summary>The mask of a box, in pixels.</summary>
    internal RunLengthEncoding OfBox(float left, float top, float right, float bottom) =>
        _decoder.Segment(_image, [Sam2Prompt.FromBox(new BoxXyxy(left, top, right, bottom))], MaskOutput.Single)[0].Segmentation;

    /// <summary>The mask of a first point's best candidate after one more point, with the candidate's logits fed back.</summary>
    internal RunLengthEncoding Refined((int X, int Y) first, (int X, int Y) second, bool excludes)
    {
        var before = _decoder.Decode(_image, [PromptOf([first])], MaskOutput.Multimask)[0].Masks.MaxBy(mask => mask.PredictedIou)!;
        var prompt = PromptOf([first, second], excludes) with { MaskLogits = before.LowResolutionMaskLogits };
        return _decoder.Segment(_image, [prompt], MaskOutput.Single)[0].Segmentation;
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _encoder.Dispose();
    }

    private static Sam2Prompt PromptOf((int X, int Y)[] points, bool lastExcludes = false) => new()
    {
        Points = [.. points.Select((point, place) => new PointPrompt(
            point.X, point.Y, lastExcludes && place == points.Length - 1 ? PointLabel.Background : PointLabel.Foreground))],
    };
}
