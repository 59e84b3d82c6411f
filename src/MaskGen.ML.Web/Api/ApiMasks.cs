using MaskGen.ML.Masks;

namespace MaskGen.ML.Web;

/// <summary>Masks as this API sends and reads them.</summary>
internal static class ApiMasks
{
    public static MaskItem Item(
        RunLengthEncoding mask, float? iou = null, float? stability = null, string? logitsId = null, float[]? point = null)
    {
        var extent = PixelExtent.Of(mask);
        return new MaskItem(
            [mask.Size.Height, mask.Size.Width],
            CocoRle.Encode(mask),
            iou is { } known ? AnnotationJson.Finite(known) : null,
            stability is { } score ? AnnotationJson.Finite(score) : null,
            [extent.Left, extent.Top, extent.Right - extent.Left, extent.Bottom - extent.Top],
            mask.Area,
            logitsId,
            point);
    }

    public static MaskItem Item(FoundMask found) => Item(found.Mask, found.PredictedIou, found.Stability, found.LogitsId);

    public static ResultItem Item(FoundObject found) => new(
        [.. found.Masks.Select(Item)], found.Masks.FirstOrDefault()?.LogitsId, AnnotationJson.Finite(found.ObjectScore));

    /// <summary>The prompt that a client means.</summary>
    /// <param name="item">What it has sent.</param>
    /// <param name="mostPoints">Most points.</param>
    /// <param name="logitsOf">Finds an earlier mask.</param>
    /// <exception cref="WebProblem">It is none.</exception>
    public static Sam2Prompt Prompt(PromptItem item, int mostPoints, Func<string, float[]> logitsOf)
    {
        var points = item.Points ?? [];
        var labels = item.Labels ?? [];
        if (points.Length > mostPoints)
        {
            throw WebProblem.Bad($"points: expected at most {mostPoints}, found {points.Length}.");
        }

        if (labels.Length != points.Length || labels.Any(label => label is not (0 or 1)))
        {
            throw WebProblem.Bad(
                $"labels: expected 0 or 1 for each of {points.Length} points, found [{string.Join(", ", labels.Take(8))}].");
        }

        if (points.Any(point => point is not [_, _]))
        {
            throw WebProblem.Bad("points: expected pairs [x, y].");
        }

        if (item.Box is not (null or [_, _, _, _]))
        {
            throw WebProblem.Bad("box: expected [left, top, right, bottom].");
        }

        if (points.Length == 0 && item.Box is null)
        {
            throw WebProblem.Bad("Expected points or a box, found neither.");
        }

        return new Sam2Prompt
        {
            Points = [.. points.Zip(labels, (point, label) => new PointPrompt(point[0], point[1], (PointLabel)label))],
            Box = item.Box is [var left, var top, var right, var bottom] ? new BoxXyxy(left, top, right, bottom) : null,
            MaskLogits = item.LogitsId is { } id ? logitsOf(id) : null,
        };
    }
}
