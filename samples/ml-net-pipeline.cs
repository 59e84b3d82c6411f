#:project ../src/MaskGen.ML.Results/MaskGen.ML.Results.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Which things in these images are alike? Images -> masks -> features of each mask -> clusters, in one pipeline.
// Run from anywhere:  dotnet run samples/ml-net-pipeline.cs [IMAGE or FOLDER] [OUTPUT FOLDER]

using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MaskGen.ML;
using MaskGen.ML.Results;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

const int Clusters = 6;
try
{
    var images = Images(args.Length > 0 ? args[0] : SamplesFolder());
    var overlays = args.Length > 1 ? args[1] : Path.Combine("out", "ml-net-pipeline");

    var ml = new MLContext(seed: 1);
    var data = ml.Data.LoadFromEnumerable(Load(images));

    // Specks of a mask below 100 pixels are removed, and holes below that are filled.
    var options = new AutomaticMaskGenerationOptions { PointsPerSide = 16, MinMaskRegionArea = 100 };
    var pipeline = ml.Transforms.GenerateMasks("Masks", "Image", options)

        // One row per mask, with its mean colour; its share of the image is ours to add.
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

    // Each mask by its number in the image, with its share of it.
    foreach (var cluster in masks.GroupBy(mask => mask.Cluster).OrderBy(cluster => cluster.Key))
    {
        var color = Enumerable.Range(0, 3).Select(channel => $"{cluster.Average(mask => mask.MeanColor[channel]):0}");
        Console.WriteLine(
            $"Cluster {cluster.Key}: {cluster.Count()} masks, "
            + $"on average {100 * cluster.Average(mask => mask.RelativeArea):0.0} % of the image, colour ({string.Join(", ", color)})");
        foreach (var rows in cluster.GroupBy(mask => mask.Path))
        {
            var found = rows.Select(mask => $"{mask.Index + 1} ({100 * mask.RelativeArea:0.0} %)");
            Console.WriteLine($"  {Path.GetFileName(rows.Key)}: {string.Join(", ", found)}");
        }
    }

    // Overlays number and colour masks by their place in a set: once every mask by itself, once all masks of a cluster joined to one.
    Directory.CreateDirectory(overlays);
    foreach (var found in masks.GroupBy(mask => mask.Path))
    {
        var image = RgbImage.Load(found.Key);
        var every = found.Select(mask => mask.Mask[0]);
        var joined = Enumerable.Range(1, Clusters)
            .Select(cluster => found.Where(mask => mask.Cluster == cluster).Select(mask => mask.Mask[0]))
            .Select(alike => MaskRecord.From(MaskOverlap.Union(new MaskSet(image.Size, [.. alike]))));
        var name = Path.Combine(overlays, Path.GetFileNameWithoutExtension(found.Key));
        var (masksFile, clustersFile) = (NewFile($"{name}.masks.png"), NewFile($"{name}.clusters.png"));
        MaskOverlay.Save(masksFile, image, new MaskSet(image.Size, [.. every]), new() { ShowNumbers = true });
        MaskOverlay.Save(clustersFile, image, new MaskSet(image.Size, [.. joined]), new() { ShowNumbers = true });
        Console.WriteLine($"look at {masksFile} and {clustersFile}");
    }

    return 0;
}
catch (Exception e)
{
    // What ML.NET and the stages wrap it in says which row it was; the file says more.
    Console.Error.WriteLine($"ml-net-pipeline: {e.GetBaseException().Message}");
    return 1;
}

static List<string> Images(string fileOrFolder)
{
    if (!Directory.Exists(fileOrFolder))
    {
        return [fileOrFolder];
    }

    string[] extensions = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];
    var images = Directory.GetFiles(fileOrFolder)
        .Where(path => extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))

        // Neither hidden files nor overlays of an earlier run.
        .Where(path => !Path.GetFileName(path).StartsWith('.') && !Regex.IsMatch(path, @"\.(masks|clusters)(-\d+)?\.png$"))
        .Order(StringComparer.Ordinal)
        .ToList();
    return images.Count > 0 ? images : throw new FileNotFoundException($"{fileOrFolder}: expected images in the folder, found none.");
}

// One at a time, upright: ML.NET's own LoadImages ignores the orientation of photos.
static IEnumerable<ImageRow> Load(IEnumerable<string> paths)
{
    foreach (var path in paths)
    {
        using var image = RgbImage.Load(path).ToMLImage();
        yield return new ImageRow { Path = path, Image = image };
    }
}

static void Measure(FoundMask found, Measures measures) =>
    measures.RelativeArea = (float)found.Mask[0].Area / found.Mask.ImageSize.PixelCount;

// Nothing is written over: if there is an a.masks.png, the next is a.masks-2.png.
static string NewFile(string path)
{
    var (stem, extension) = (path[..^Path.GetExtension(path).Length], Path.GetExtension(path));
    for (var number = 2; Path.Exists(path); number++)
    {
        path = $"{stem}-{number}{extension}";
    }

    return path;
}

static string SamplesFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

internal sealed class ImageRow
{
    public string Path { get; set; } = "";

    // ML.NET wants some size here, and holds no image to it.
    [ImageType(1, 1)]
    public MLImage? Image { get; set; }
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

    // Its place among the masks of its image, from 0.
    [ColumnName("Mask.Index")]
    public int Index { get; set; }

    [ColumnName("Mask.MeanColor")]
    public float[] MeanColor { get; set; } = [];

    public float RelativeArea { get; set; }

    [ColumnName("PredictedLabel")]
    public uint Cluster { get; set; }
}
