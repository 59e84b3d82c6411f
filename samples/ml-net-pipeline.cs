#:project ../src/MaskGen.ML/MaskGen.ML.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Which things in these pictures are alike? Pictures -> masks -> features of each mask -> clusters, in one pipeline.
// Run from anywhere:  dotnet run samples/ml-net-pipeline.cs [FOLDER] [FOLDER FOR OVERLAYS]

using System.Runtime.CompilerServices;
using MaskGen.ML;
using Microsoft.ML;
using Microsoft.ML.Data;

const int Clusters = 6;
var folder = args.Length > 0 ? args[0] : SamplesFolder();
var overlays = args.Length > 1 ? args[1] : Path.Combine("out", "ml-net-pipeline");
var pictures = Directory.GetFiles(folder, "*.png").Order().Select(path => new Picture { Path = path }).ToList();

var ml = new MLContext(seed: 1);
var data = ml.Data.LoadFromEnumerable(pictures);

// Specks of a mask below 100 pixels go, and holes below that are filled.
var options = new AutomaticMaskGenerationOptions { PointsPerSide = 16, MinMaskRegionArea = 100 };
var pipeline = ml.Transforms.LoadImages("Image", imageFolder: null, inputColumnName: "Path")
    .Append(ml.Transforms.GenerateMasks("Masks", "Image", options))

    // One row per mask, with its mean colour; its share of the picture is ours to add.
    .Append(ml.Transforms.ExpandMasks("Mask", "Masks", "Image"))
    .Append(ml.Transforms.CustomMapping<FoundMask, Measures>(Measure, contractName: null))
    .Append(ml.Transforms.Concatenate("Features", "RelativeArea", "Mask.MeanColor"))

    // The trainer passes over the data several times: the masks are made once.
    .AppendCacheCheckpoint(ml)

    // A share is below 1 and a colour up to 255: only on one scale do both count.
    .Append(ml.Transforms.NormalizeMeanVariance("Features", fixZero: false))
    .Append(ml.Clustering.Trainers.KMeans("Features", numberOfClusters: Clusters));

using var model = pipeline.Fit(data);
var masks = ml.Data.CreateEnumerable<ClusteredMask>(model.Transform(data), reuseRowObject: false).ToList();

// Each mask by its number in the picture, with its share of it.
foreach (var cluster in masks.GroupBy(mask => mask.Cluster).OrderBy(cluster => cluster.Key))
{
    var color = Enumerable.Range(0, 3).Select(channel => $"{cluster.Average(mask => mask.MeanColor[channel]):0}");
    Console.WriteLine(
        $"Cluster {cluster.Key}: {cluster.Count()} masks, "
        + $"on average {100 * cluster.Average(mask => mask.RelativeArea):0.0} % of the picture, colour ({string.Join(", ", color)})");
    foreach (var picture in cluster.GroupBy(mask => mask.Path))
    {
        var found = picture.Select(mask => $"{mask.Index + 1} ({100 * mask.RelativeArea:0.0} %)");
        Console.WriteLine($"  {Path.GetFileName(picture.Key)}: {string.Join(", ", found)}");
    }
}

// Overlays number and colour masks by their place in a set: once every mask by itself, once all masks of a cluster joined to one.
Directory.CreateDirectory(overlays);
foreach (var picture in masks.GroupBy(mask => mask.Path))
{
    var image = RgbImage.Load(picture.Key);
    var every = picture.Select(mask => mask.Mask[0]);
    var joined = Enumerable.Range(1, Clusters)
        .Select(cluster => Join(new MaskSet(image.Size, [.. picture.Where(mask => mask.Cluster == cluster).Select(mask => mask.Mask[0])])));
    var name = Path.Combine(overlays, Path.GetFileNameWithoutExtension(picture.Key));
    MaskOverlay.Save(name + ".masks.png", image, new MaskSet(image.Size, [.. every]), withNumbers: true);
    MaskOverlay.Save(name + ".clusters.png", image, new MaskSet(image.Size, [.. joined]), withNumbers: true);
    Console.WriteLine($"look at {name}.masks.png and {name}.clusters.png");
}

static void Measure(FoundMask found, Measures measures) =>
    measures.RelativeArea = (float)found.Mask[0].Area / found.Mask.ImageSize.PixelCount;

static MaskRecord Join(MaskSet masks)
{
    var boxes = masks.Select(mask => mask.BoundingBox).DefaultIfEmpty().ToList();
    var (left, top) = (boxes.Min(box => box.X), boxes.Min(box => box.Y));
    return new MaskRecord
    {
        Segmentation = MaskOverlap.Union(masks),
        BoundingBox = new(left, top, boxes.Max(box => box.X + box.Width) - left, boxes.Max(box => box.Y + box.Height) - top),
        PredictedIou = masks.Select(mask => mask.PredictedIou).DefaultIfEmpty().Average(),
        StabilityScore = masks.Select(mask => mask.StabilityScore).DefaultIfEmpty().Average(),
        CropBox = new(0, 0, masks.ImageSize.Width, masks.ImageSize.Height),
    };
}

static string SamplesFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

internal sealed class Picture
{
    public string Path { get; set; } = "";
}

internal sealed class FoundMask
{
    [MaskSetType]
    public MaskSet Mask { get; set; } = MaskSet.Empty;
}

internal sealed class Measures
{
    public float RelativeArea { get; set; }
}

internal sealed class ClusteredMask
{
    public string Path { get; set; } = "";

    [MaskSetType]
    public MaskSet Mask { get; set; } = MaskSet.Empty;

    // Its place among the masks of its picture, from 0.
    [ColumnName("Mask.Index")]
    public int Index { get; set; }

    [ColumnName("Mask.MeanColor")]
    public float[] MeanColor { get; set; } = [];

    public float RelativeArea { get; set; }

    [ColumnName("PredictedLabel")]
    public uint Cluster { get; set; }
}
