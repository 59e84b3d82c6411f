#:project ../src/MaskGen.ML.Results/MaskGen.ML.Results.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Segment what boxes mark, as a detector gives them: several boxes are several objects, decoded together.
// Run from anywhere:  dotnet run samples/box-prompts.cs [IMAGE] [OUTPUT.png] [X0,Y0,X1,Y1]...

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

    // Left, upper, right and lower edge in pixels: those typed, those of objects in the sample's image, or the middle of another image.
    var (width, height) = image.Size;
    BoxXyxy[] boxes = args switch
    {
        [_, _, _, ..] => [.. args[2..].Select(Box)],
        [] => [new(20, 275, 145, 415), new(130, 190, 312, 365), new(565, 238, 685, 382), new(715, 180, 835, 320)],
        _ => [new(width / 4f, height / 4f, width * 3 / 4f, height * 3 / 4f)],
    };
    var masks = decoder.Segment(encoded, [.. boxes.Select(Sam2Prompt.FromBox)], MaskOutput.Single);
    foreach (var (mask, box) in masks.Zip(boxes))
    {
        Console.WriteLine($"box {box.X0}, {box.Y0} to {box.X1}, {box.Y1}: {mask.Area,6} pixels, predicted IoU {mask.PredictedIou:0.000}");
    }

    if (args.Length == 0)
    {
        // A box and points together are one object: the mug, and not what shows through its handle.
        var prompt = new Sam2Prompt { Box = boxes[1], Points = [new(245, 280), new(163, 287, PointLabel.Background)] };
        var mug = decoder.Segment(encoded, [prompt], MaskOutput.Single);
        Console.WriteLine($"a box and two points: {mug[0].Area} pixels, predicted IoU {mug[0].PredictedIou:0.000}");
    }

    var overlay = NewFile(args.Length > 1 ? args[1] : Path.Combine("out", "box-prompts.png"));
    MaskOverlay.Save(overlay, image, masks, new() { ShowPrompts = true });
    Console.WriteLine($"look at {overlay}");
    return 0;
}
catch (Exception e)
{
    Console.Error.WriteLine($"box-prompts: {e.Message}");
    return 1;
}

static BoxXyxy Box(string text) =>
    text.Split(',').Select(number => float.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture)).ToArray() switch
    {
        [var x0, var y0, var x1, var y1] => new BoxXyxy(x0, y0, x1, y1),
        _ => throw new FormatException($"expected a box as X0,Y0,X1,Y1, found '{text}'."),
    };

// Nothing is written over: if there is a box-prompts.png, the next is box-prompts-2.png.
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
