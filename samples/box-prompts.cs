#:project ../src/MaskGen.ML/MaskGen.ML.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Segment what boxes say, as a detector gives them: several boxes are several objects, decoded together.
// Run from anywhere:  dotnet run samples/box-prompts.cs [OVERLAY.png]

using System.Runtime.CompilerServices;
using MaskGen.ML;

var overlay = args.Length > 0 ? args[0] : Path.Combine("out", "box-prompts.png");
var image = RgbImage.Load(Path.Combine(SamplesFolder(), "still-life.png"));
using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
var encoded = encoder.Encode(image);

BoxXyxy[] boxes = [new(20, 275, 145, 415), new(130, 190, 312, 365), new(565, 238, 685, 382), new(715, 180, 835, 320)];
var masks = decoder.Segment(encoded, [.. boxes.Select(Sam2Prompt.FromBox)], MaskOutput.Single);
foreach (var (mask, box) in masks.Zip(boxes))
{
    Console.WriteLine($"box {box.X0}, {box.Y0} to {box.X1}, {box.Y1}: {mask.Area,6} pixels, predicted IoU {mask.PredictedIou:0.000}");
}

// A box and points together are one object: the mug, and not what shows through its handle.
var prompt = new Sam2Prompt { Box = boxes[1], Points = [new(245, 280), new(163, 287, PointLabel.Background)] };
var mug = decoder.Segment(encoded, [prompt], MaskOutput.Single);
Console.WriteLine($"a box and two points: {mug[0].Area} pixels, predicted IoU {mug[0].PredictedIou:0.000}");

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(overlay))!);
MaskOverlay.Save(overlay, image, masks, withPrompts: true);
Console.WriteLine($"look at {overlay}");

static string SamplesFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
