#:project ../src/MaskGen.ML/MaskGen.ML.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Encode pictures once, keep the embeddings in a file, and ask for masks later, as often as you like.
// Run from anywhere:  dotnet run samples/prompt-many-times.cs

using System.Runtime.CompilerServices;
using MaskGen.ML;
using Microsoft.ML;
using Microsoft.ML.Data;

var ml = new MLContext(seed: 1);
var embeddings = Path.Combine(Path.GetTempPath(), $"embeddings-{Environment.ProcessId}.idv");

// The slow part, once: every picture goes through the image encoder, and only plain vectors are written.
var pictures = ml.Data.LoadFromEnumerable(
[
    new Picture { Path = "breakfast.png", Points = [180, 120] },
    new Picture { Path = "still-life.png", Points = [480, 420] },
]);
using (var encoder = ml.Transforms.LoadImages("Image", imageFolder: SamplesFolder(), inputColumnName: "Path")
    .Append(ml.Transforms.EncodeSam2Images("Embedding", "Image"))
    .Fit(pictures))
using (var file = File.Create(embeddings))
{
    ml.Data.SaveAsBinary(encoder.Transform(pictures), file);
}

// The quick part, again and again: here with the points of the file, then with boxes.
var stored = ml.Data.LoadFromBinary(embeddings);
Show("points", stored, new Sam2PromptDecodingOptions { PointColumn = "Points" });

var boxed = ml.Transforms.CustomMapping<Picture, Box>(AroundThePoint, contractName: null).Fit(stored).Transform(stored);
Show("boxes", boxed, new Sam2PromptDecodingOptions { BoxColumn = "Boxes", Output = MaskOutput.Single });
File.Delete(embeddings);

void Show(string prompts, IDataView data, Sam2PromptDecodingOptions options)
{
    using var decoder = ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", options).Fit(data);
    Console.WriteLine($"By {prompts}:");
    foreach (var row in ml.Data.CreateEnumerable<Answer>(decoder.Transform(data), reuseRowObject: false))
    {
        var best = row.Masks.MaxBy(mask => mask.PredictedIou)!;
        Console.WriteLine(
            $"  {row.Path,-16} {row.Masks.Count} mask(s); the best has {best.Area} of {row.Masks.ImageSize.PixelCount} pixels, "
            + $"predicted IoU {best.PredictedIou:0.00}");
    }
}

static void AroundThePoint(Picture picture, Box box)
{
    var (x, y) = (picture.Points[0], picture.Points[1]);
    box.Boxes = [x - 60, y - 60, x + 60, y + 60];
}

static string SamplesFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

internal sealed class Picture
{
    public string Path { get; set; } = "";

    // x and y of each point, in pixels of the picture.
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
