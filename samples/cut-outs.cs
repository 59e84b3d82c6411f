#:project ../src/MaskGen.ML.Results/MaskGen.ML.Results.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// What is in the image, piece by piece, and which pieces look alike? Segment, cut out, resize, compare: one ML.NET pipeline, from the bytes
// of an image file to a cluster for each object.
// Run from anywhere:  dotnet run samples/cut-outs.cs [IMAGE] [OUTPUT.png]

using System.Runtime.CompilerServices;
using MaskGen.ML;
using MaskGen.ML.Results;
using Microsoft.ML;
using Microsoft.ML.Data;

const int Side = 16;
const int Clusters = 4;
try
{
    var path = args.Length > 0 ? args[0] : Path.Combine(SamplesFolder(), "still-life.png");
    var image = RgbImage.Load(path);
    var ml = new MLContext(seed: 1);
    var data = ml.Data.LoadFromEnumerable([new ImageFile { Bytes = File.ReadAllBytes(path) }]);

    // Each object in its box on black, at one size. For a classifier of yours, put
    //   .Append(ml.Transforms.ApplyOnnxModel("classes", "pixels", "classifier.onnx"))
    // in place of the last two stages; ApplyOnnxModel comes with the package Microsoft.ML.OnnxTransformer.
    var cutOuts = new MaskExpansionOptions { ImageColumn = "Bytes", CutOut = CutOutBackground.Fill, CutOutFill = new(0, 0, 0) };
    var pipeline = ml.Transforms.GenerateMasks("Masks", "Bytes", new() { PointsPerSide = 16, MinMaskRegionArea = 100 })
        .Append(ml.Transforms.ExpandMasks("Mask", "Masks", cutOuts))
        .Append(ml.Transforms.ResizeImages("Small", Side, Side, "Mask.Image"))
        .Append(ml.Transforms.ExtractPixels("pixels", "Small", scaleImage: 1 / 255f))

        // The trainer passes over the data several times: the masks are made once.
        .AppendCacheCheckpoint(ml)
        .Append(ml.Clustering.Trainers.KMeans("pixels", numberOfClusters: Clusters));
    using var model = pipeline.Fit(data);
    var objects = ml.Data.CreateEnumerable<FoundObject>(model.Transform(data), reuseRowObject: false).ToList();
    foreach (var alike in objects.GroupBy(found => found.Cluster).OrderBy(alike => alike.Key))
    {
        var found = alike.Select(found => $"{found.Index + 1} ({100 * found.RelativeArea:0.0} %)");
        Console.WriteLine($"Cluster {alike.Key}: {alike.Count()} objects: {string.Join(", ", found)}");
    }

    // The numbers are those of the overlay.
    var overlay = NewFile(args.Length > 1 ? args[1] : Path.Combine("out", "cut-outs.png"));
    MaskOverlay.Save(overlay, image, new MaskSet(image.Size, [.. objects.Select(found => found.Mask[0])]), new() { ShowNumbers = true });
    Console.WriteLine($"{objects.Count} objects; look at {overlay}");
    return 0;
}
catch (Exception e)
{
    // What ML.NET and the stages wrap it in says which row it was; the file says more.
    Console.Error.WriteLine($"cut-outs: {e.GetBaseException().Message}");
    return 1;
}

// Nothing is written over: if there is a cut-outs.png, the next is cut-outs-2.png.
static string NewFile(string path)
{
    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    var (stem, extension) = (path[..^Path.GetExtension(path).Length], Path.GetExtension(path));
    for (var number = 2; Path.Exists(path); number++)
    {
        path = $"{stem}-{number}{extension}";
    }

    return path;
}

static string SamplesFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

internal sealed class ImageFile
{
    public byte[] Bytes { get; set; } = [];
}

internal sealed class FoundObject
{
    [MaskSetType]
    public MaskSet Mask { get; set; } = MaskSet.Empty;

    // Its place among the masks of the image, from 0.
    [ColumnName("Mask.Index")]
    public int Index { get; set; }

    [ColumnName("Mask.RelativeArea")]
    public float RelativeArea { get; set; }

    [ColumnName("PredictedLabel")]
    public uint Cluster { get; set; }
}
