#:project ../src/MaskGen.ML/MaskGen.ML.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Encode images once, keep the embeddings in a file, and ask for masks later, as often as you like.
// Run from anywhere:  dotnet run samples/prompt-many-times.cs [IMAGE] [OUTPUT.idv]

using System.Runtime.CompilerServices;
using MaskGen.ML;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

var ml = new MLContext(seed: 1);
try
{
    // x and y of a point in pixels: on objects in the sample's images, or in the middle of another image.
    (string Path, float[] Points)[] images = args.Length > 0
        ? [(args[0], Middle(args[0]))]
        : [(Path.Combine(SamplesFolder(), "breakfast.png"), [180, 120]), (Path.Combine(SamplesFolder(), "still-life.png"), [480, 420])];
    var embeddings = NewFile(args.Length > 1 ? args[1] : Path.Combine("out", "prompt-many-times.idv"));

    // The slow part, once: every image goes through the image encoder, and only plain vectors are written.
    var data = ml.Data.LoadFromEnumerable(Load(images));
    using (var encoder = ml.Transforms.EncodeSam2Images("Embedding", "Image").Fit(data))
    using (var file = new FileStream(embeddings, FileMode.CreateNew))
    {
        ml.Data.SaveAsBinary(encoder.Transform(data), file);
    }

    // The quick part, again and again: here with the points of the file, then with boxes.
    var stored = ml.Data.LoadFromBinary(embeddings);
    Show("points", stored, new Sam2PromptDecodingOptions { PointColumn = "Points" });

    var boxed = ml.Transforms.CustomMapping<StoredPoints, Box>(AroundThePoint, contractName: null).Fit(stored).Transform(stored);
    Show("boxes", boxed, new Sam2PromptDecodingOptions { BoxColumn = "Boxes", Output = MaskOutput.Single });
    Console.WriteLine($"the embeddings are in {embeddings}");
    return 0;
}
catch (Exception e)
{
    Console.Error.WriteLine($"prompt-many-times: {e.GetBaseException().Message}");
    return 1;
}

void Show(string prompts, IDataView data, Sam2PromptDecodingOptions options)
{
    using var decoder = ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", options).Fit(data);
    Console.WriteLine($"By {prompts}:");
    foreach (var row in ml.Data.CreateEnumerable<Answer>(decoder.Transform(data), reuseRowObject: false))
    {
        var best = row.Masks.Best!;
        Console.WriteLine(
            $"  {Path.GetFileName(row.Path),-16} {row.Masks.Count} {(row.Masks.Count == 1 ? "mask" : "masks")}; the best has {best.Area} "
            + $"of {row.Masks.ImageSize.PixelCount} pixels, predicted IoU {best.PredictedIou:0.00}");
    }
}

// One at a time, upright: ML.NET's own LoadImages ignores the orientation of photos.
static IEnumerable<ImageRow> Load(IEnumerable<(string Path, float[] Points)> images)
{
    foreach (var (path, points) in images)
    {
        using var image = RgbImage.Load(path).ToMLImage();
        yield return new ImageRow { Path = path, Points = points, Image = image };
    }
}

static float[] Middle(string path)
{
    var size = RgbImage.Load(path).Size;
    return [size.Width / 2f, size.Height / 2f];
}

static void AroundThePoint(StoredPoints stored, Box box)
{
    var (x, y) = (stored.Points[0], stored.Points[1]);
    box.Boxes = [x - 60, y - 60, x + 60, y + 60];
}

// Nothing is written over: if there is a prompt-many-times.idv, the next is prompt-many-times-2.idv.
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

internal sealed class ImageRow
{
    public string Path { get; set; } = "";

    // x and y of each point, in pixels of the image.
    public float[] Points { get; set; } = [];

    // ML.NET wants some size here, and holds no image to it.
    [ImageType(1, 1)]
    public MLImage? Image { get; set; }
}

internal sealed class StoredPoints
{
    public float[] Points { get; set; } = [];
}

internal sealed class Box
{
    // Left, upper, right and lower edge.
    public float[] Boxes { get; set; } = [];
}

internal sealed class Answer
{
    public string Path { get; set; } = "";

    [MaskSetType]
    public MaskSet Masks { get; set; } = MaskSet.Empty;
}
