#:project ../src/MaskGen.ML/MaskGen.ML.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Which things in these pictures are alike? Pictures -> masks -> features of each mask -> clusters, in one pipeline.
// Run from anywhere:  dotnet run samples/ml-net-pipeline.cs [FOLDER]

using System.Runtime.CompilerServices;
using MaskGen.ML;
using Microsoft.ML;
using Microsoft.ML.Data;

var folder = args.Length > 0 ? args[0] : SamplesFolder();
var pictures = Directory.GetFiles(folder, "*.png").Order().Select(path => new Picture { Path = path }).ToList();

var ml = new MLContext(seed: 1);
var data = ml.Data.LoadFromEnumerable(pictures);

var pipeline = ml.Transforms.LoadImages("Image", imageFolder: null, inputColumnName: "Path")
    .Append(ml.Transforms.GenerateMasks("Masks", "Image", new AutomaticMaskGenerationOptions { PointsPerSide = 16 }))

    // One row per mask, with area, box and mean colour.
    .Append(ml.Transforms.ExpandMasks("Mask", "Masks", "Image"))
    .Append(ml.Transforms.Concatenate("Features", "Mask.Area", "Mask.BoundingBox", "Mask.MeanColor"))

    // The trainer passes over the data several times: the masks are made once.
    .AppendCacheCheckpoint(ml)
    .Append(ml.Transforms.NormalizeMinMax("Features"))
    .Append(ml.Clustering.Trainers.KMeans("Features", numberOfClusters: 3));

using var model = pipeline.Fit(data);

var masks = ml.Data.CreateEnumerable<ClusteredMask>(model.Transform(data), reuseRowObject: false);
foreach (var cluster in masks.GroupBy(mask => mask.Cluster).OrderBy(cluster => cluster.Key))
{
    Console.WriteLine($"Cluster {cluster.Key}");
    foreach (var mask in cluster.OrderByDescending(mask => mask.Area))
    {
        var (x, y, w, h) = (mask.BoundingBox[0], mask.BoundingBox[1], mask.BoundingBox[2], mask.BoundingBox[3]);
        Console.WriteLine(
            $"  {Path.GetFileName(mask.Path),-16} #{mask.Index,-2} {mask.Area,7} pixels at ({x}, {y}) {w} x {h}, "
            + $"colour ({mask.MeanColor[0]:0}, {mask.MeanColor[1]:0}, {mask.MeanColor[2]:0})");
    }
}

static string SamplesFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

internal sealed class Picture
{
    public string Path { get; set; } = "";
}

internal sealed class ClusteredMask
{
    public string Path { get; set; } = "";

    [ColumnName("PredictedLabel")]
    public uint Cluster { get; set; }

    [ColumnName("Mask.Index")]
    public int Index { get; set; }

    [ColumnName("Mask.Area")]
    public float Area { get; set; }

    [ColumnName("Mask.BoundingBox")]
    public float[] BoundingBox { get; set; } = [];

    [ColumnName("Mask.MeanColor")]
    public float[] MeanColor { get; set; } = [];
}
