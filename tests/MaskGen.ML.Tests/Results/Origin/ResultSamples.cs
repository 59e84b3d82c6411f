using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>One small image with masks, and every kind of result file of it.</summary>
internal static class ResultSamples
{
    public static ResultSettings Settings { get; } = new("""{"points_per_side":4,"pred_iou_thresh":0.5}""");

    public static ResultOrigin Origin { get; } = new(
        ResultOrigin.Everything, "Größe \"写真\".png", new string('a', 64), "nano", new string('b', 32), Settings);

    public static RgbImage Image { get; } = ReportPages.Plain(ReportPages.DiscsSize);

    public static MaskSet Masks { get; } =
        new(ReportPages.DiscsSize, [.. ReportPages.ThreeDiscs().Select((mask, i) => mask with { Points = [new(i + 0.25f, 7)] })]);

    public static MaskSet PromptedMasks { get; } = new(ReportPages.DiscsSize,
    [
        .. Masks.Select((mask, i) => mask with
        {
            Points = [new(i + 0.5f, 7), new(3, 4, PointLabel.Background)],
            Box = i == 1 ? new BoxXyxy(1, 2.5f, 30, 40) : null,
            ObjectScoreLogit = i - 0.5f,
        }),
    ]);

    /// <summary>Kinds of files that a run writes, for theories.</summary>
    public static TheoryData<string> Kinds => new(AllKinds.Select(kind => kind.Name));

    public static ResultKind[] AllKinds { get; } =
    [
        ResultKind.Records, ResultKind.Overlay, ResultKind.Labels, ResultKind.Mask, ResultKind.Page, ResultKind.PageList,
        ResultKind.Dataset,
    ];

    public static string ExtensionOf(ResultKind kind) => kind.Name switch
    {
        "records" or "dataset" => ".json",
        "report" or "index" => ".html",
        _ => ".png",
    };

    /// <summary>The bytes of a result file of a kind.</summary>
    public static byte[] Bytes(ResultKind kind, ResultOrigin? origin = null)
    {
        origin ??= Origin;
        using var folder = new TestFolder();
        var stamp = ResultStamp.Of(kind, origin);
        var path = folder["a" + ExtensionOf(kind)];
        switch (kind.Name)
        {
            case "records":
                MasksJson.Save(path, origin, origin.Mode == ResultOrigin.Prompt ? PromptedMasks : Masks);
                break;
            case "dataset":
                using (var writer = new CocoDatasetWriter(path, null, stamp))
                {
                    writer.AddImage(origin.ImageName, Masks);
                    writer.Complete();
                }

                break;
            case "report":
                HtmlReport.Save(path, origin.ImageName, Image, Masks, null, stamp);
                break;
            case "index":
                HtmlReportIndex.Save(path, "images", [], [new() { ImageName = "b.png", Reason = "damaged" }], stamp);
                break;
            case "overlay":
                MaskOverlay.Save(path, Image, Masks, new MaskOverlayOptions { ShowNumbers = true }, stamp);
                break;
            case "labels":
                LabelMap.FromMasks(Masks).SavePng(path, stamp);
                break;
            default:
                using (var file = MaskPng.Begin(path, Masks[0].Segmentation, stamp))
                {
                    file.Complete();
                }

                break;
        }

        return File.ReadAllBytes(path);
    }
}
