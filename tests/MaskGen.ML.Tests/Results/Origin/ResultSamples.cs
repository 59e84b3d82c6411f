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
        ResultKind.Dataset, YoloLabels.RecordKind, YoloDataset.Kind, LabelMeJson.Kind, CvatXmlWriter.Kind, LabelStudioTask.Kind,
        GeoJsonFile.Kind, CutoutList.Kind, CutoutList.CutoutKind, SvgFile.Kind, MaskTable.Kind,
    ];

    /// <summary>The kind of a name.</summary>
    public static ResultKind Kind(string name) => AllKinds.Single(kind => kind.Name == name);

    public static string ExtensionOf(ResultKind kind) => kind.Name switch
    {
        "records" or "dataset" or "yolo-record" or "labelme" or "labelstudio" or "cutouts" => ".json",
        "geojson" => ".geojson",
        "yolo-dataset" => ".yaml",
        "cvat" => ".xml",
        "svg" => ".svg",
        "table" => ".parquet",
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
            case "yolo-record":
                YoloLabels.Save(folder["a.txt"], path, "0 0 0 1 0 1 1\n", ["object"], stamp);
                break;
            case "yolo-dataset":
                YoloDataset.Save(path, ("images", "images", null), ["object", "Größe \"猫\""], stamp);
                break;
            case "labelme":
                LabelMeJson.Save(path, origin.ImageName, Masks, ShapeForm.Polygons, null, stamp);
                break;
            case "cvat":
                using (var writer = new CvatXmlWriter(path, stamp))
                {
                    writer.Add(origin.ImageName, Masks, ShapeForm.Polygons, null);
                    writer.Complete();
                }

                break;
            case "labelstudio":
                LabelStudioTask.Save(path, origin.ImageName, "nano", Masks, ShapeForm.Masks, null, stamp);
                break;
            case "geojson":
                GeoJsonFile.Save(path, origin.ImageName, Masks, null, null, stamp);
                break;
            case "cutouts":
                CutoutList.Save(path, [(1, Masks[0], "a.cutout-0001.png", default)], stamp);
                break;
            case "cutout":
                using (var file = File.Create(path))
                {
                    var frame = CutoutImage.Frame(Masks[0].Segmentation, 0, isWhole: false);
                    CutoutImage.Write(file, Image, Masks[0].Segmentation, frame, 0, stamp);
                }

                break;
            case "table":
                using (var table = new MaskTable(path, stamp))
                {
                    table.Add(origin.ImageName, Masks);
                    table.Complete();
                }

                break;
            case "svg":
                SvgFile.Save(path, origin.ImageName, Masks, 0, stamp);
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
