#:project ../src/MaskGen.ML.Results/MaskGen.ML.Results.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Segment what points mark. The image is encoded once; then every click costs milliseconds.
// Run from anywhere:  dotnet run samples/point-prompts.cs [IMAGE] [OUTPUT.png] [X,Y[,0 for background]]...

using System.Globalization;
using System.Runtime.CompilerServices;
using MaskGen.ML;
using MaskGen.ML.Results;

try
{
    var image = RgbImage.Load(args.Length > 0 ? args[0] : Path.Combine(SamplesFolder(), "still-life.png"));
    using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
    using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
    var encoded = encoder.Encode(image);

    // In pixels: those typed, or those on the mug in the sample's image (its middle, its inside and its handle, but not the egg in
    // front), or the middle of another image.
    PointPrompt[] points = args switch
    {
        [_, _, _, ..] => [.. args[2..].Select(Point)],
        [] => [new(250, 300), new(250, 280), new(245, 210), new(150, 260), new(80, 300, PointLabel.Background)],
        _ => [new(image.Size.Width / 2f, image.Size.Height / 2f)],
    };

    // One point leaves open what is meant: the object, a part of it, or more. So it gives three masks.
    var three = decoder.Segment(encoded, [new Sam2Prompt { Points = points[..1] }], MaskOutput.Multimask);
    foreach (var mask in three)
    {
        Console.WriteLine($"one point:   {mask.Area,6} pixels, predicted IoU {mask.PredictedIou:0.000}");
    }

    // More points say more; they are one object.
    var prompt = new Sam2Prompt { Points = points };
    var all = decoder.Segment(encoded, [prompt], MaskOutput.Single);
    Console.WriteLine($"all points:  {all[0].Area,6} pixels, predicted IoU {all[0].PredictedIou:0.000}");

    // What came out goes in again; in the sample's image with one more point, where the mask was wrong.
    var earlier = decoder.Decode(encoded, [prompt], MaskOutput.Single)[0].Masks[0].LowResolutionMaskLogits;
    var more = prompt with { MaskLogits = earlier, Points = args.Length == 0 ? [.. points, new(250, 320)] : points };
    var refined = decoder.Segment(encoded, [more], MaskOutput.Single);
    Console.WriteLine($"refined:     {refined[0].Area,6} pixels, predicted IoU {refined[0].PredictedIou:0.000}");

    var overlay = NewFile(args.Length > 1 ? args[1] : Path.Combine("out", "point-prompts.png"));
    MaskOverlay.Save(overlay, image, refined, new() { ShowPrompts = true });
    Console.WriteLine($"look at {overlay}");
    return 0;
}
catch (Exception e)
{
    Console.Error.WriteLine($"point-prompts: {e.Message}");
    return 1;
}

static PointPrompt Point(string text) =>
    text.Split(',').Select(number => float.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture)).ToArray() switch
    {
        [var x, var y] => new PointPrompt(x, y),
        [var x, var y, 0] => new PointPrompt(x, y, PointLabel.Background),
        _ => throw new FormatException($"expected a point as X,Y or X,Y,0, found '{text}'."),
    };

// Nothing is written over: if there is a point-prompts.png, the next is point-prompts-2.png.
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
