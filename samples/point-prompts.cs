#:project ../src/MaskGen.ML/MaskGen.ML.csproj
#:package Microsoft.ML.OnnxRuntime
#:property PublishAot=false

// Segment what points say. The picture is encoded once; then every click costs milliseconds.
// Run from anywhere:  dotnet run samples/point-prompts.cs [OVERLAY.png]

using System.Runtime.CompilerServices;
using MaskGen.ML;

var overlay = args.Length > 0 ? args[0] : Path.Combine("out", "point-prompts.png");
var image = RgbImage.Load(Path.Combine(SamplesFolder(), "still-life.png"));
using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
var encoded = encoder.Encode(image);

// One point leaves open what is meant: the object, a part of it, or more. So it gives three masks.
var three = decoder.Segment(encoded, [Sam2Prompt.FromPoint(250, 300)], MaskOutput.Multimask);
foreach (var mask in three)
{
    Console.WriteLine($"one point:   {mask.Area,6} pixels, predicted IoU {mask.PredictedIou:0.000}");
}

// More points say more: this, that and the handle, but not the egg in front.
var prompt = new Sam2Prompt
{
    Points = [new(250, 300), new(250, 280), new(245, 210), new(150, 260), new(80, 300, PointLabel.Background)],
};
var mug = decoder.Segment(encoded, [prompt], MaskOutput.Single);
Console.WriteLine($"five points: {mug[0].Area,6} pixels, predicted IoU {mug[0].PredictedIou:0.000}");

// What came out goes in again, with one more point where it was wrong.
var earlier = decoder.Decode(encoded, [prompt], MaskOutput.Single)[0].Masks[0].LowResolutionMaskLogits;
var more = prompt with { MaskLogits = earlier, Points = [.. prompt.Points, new(250, 320)] };
var refined = decoder.Segment(encoded, [more], MaskOutput.Single);
Console.WriteLine($"refined:     {refined[0].Area,6} pixels, predicted IoU {refined[0].PredictedIou:0.000}");

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(overlay))!);
MaskOverlay.Save(overlay, image, refined, withPrompts: true);
Console.WriteLine($"look at {overlay}");

static string SamplesFolder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;
