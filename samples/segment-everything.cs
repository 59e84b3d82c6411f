#:project ../src/MaskGen.ML.Results/MaskGen.ML.Results.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Segment everything in an image, list what was found, and look at it.
// Run from anywhere:  dotnet run samples/segment-everything.cs [IMAGE] [OUTPUT.png]

using System.Runtime.CompilerServices;
using MaskGen.ML;
using MaskGen.ML.Results;

try
{
    var image = RgbImage.Load(args.Length > 0 ? args[0] : Path.Combine(SamplesFolder(), "still-life.png"));

    // PointsPerBatch says how many points are decoded together: speed and memory depend on it, the masks do not.
    // For photos:  Model = Sam2Model.FromPretrained("facebook/sam2.1-hiera-tiny")
    using var generator = new AutomaticMaskGenerator(new() { PointsPerSide = 16, PointsPerBatch = 64 });
    var masks = generator.Generate(image);

    // Best first; the numbers are those of the overlay.
    for (var index = 0; index < Math.Min(5, masks.Count); index++)
    {
        var (mask, box) = (masks[index], masks[index].BoundingBox);
        Console.WriteLine(
            $"mask {index + 1}: {mask.Area,6} pixels, box {box.X}, {box.Y}, {box.Width} x {box.Height}, "
            + $"predicted IoU {mask.PredictedIou:0.000}, stability {mask.StabilityScore:0.000}");
    }

    var overlay = NewFile(args.Length > 1 ? args[1] : Path.Combine("out", "segment-everything.png"));
    MaskOverlay.Save(overlay, image, masks, new() { ShowNumbers = true });
    Console.WriteLine($"{masks.Count} masks; look at {overlay}");
    return 0;
}
catch (Exception e)
{
    Console.Error.WriteLine($"segment-everything: {e.Message}");
    return 1;
}

// Nothing is written over: if there is a segment-everything.png, the next is segment-everything-2.png.
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
