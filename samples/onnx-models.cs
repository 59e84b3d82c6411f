#:project ../src/MaskGen.ML.Results/MaskGen.ML.Results.csproj
#:package Microsoft.ML.OnnxRuntime
#:package Microsoft.ML.OnnxTransformer
#:property PublishAot=false

// ML.NET's stage for ONNX models and those of this library in one pipeline, each before the other: an image encoder from a file, whose
// embedding DecodeSam2Prompts prompts; and the cut-out of the mask that is found, which goes through that encoder once more.
// Run from anywhere:  dotnet run samples/onnx-models.cs [IMAGE] [OUTPUT.png]

using System.Runtime.CompilerServices;
using MaskGen.ML;
using MaskGen.ML.Results;
using Microsoft.ML;
using Microsoft.ML.Data;

// The model that is exported below, as if somebody had sent the file; your own works likewise.
var folder = Directory.CreateTempSubdirectory("onnx-models");
try
{
    var path = args.Length > 0 ? args[0] : Path.Combine(SamplesFolder(), "still-life.png");
    var image = RgbImage.Load(path);
    var encoder = Sam2OnnxExporter.Export(Sam2Model.Nano, folder.FullName)[0];
    string[] tensors = ["image_embed", "high_res_feats_0", "high_res_feats_1"];

    // One point, in the middle of the image.
    var ml = new MLContext(seed: 1);
    var data = ml.Data.LoadFromEnumerable(
        [new PromptedImage { Bytes = File.ReadAllBytes(path), Points = [image.Size.Width / 2f, image.Size.Height / 2f] }]);
    var cutOuts = new MaskExpansionOptions { ImageColumn = "Bytes", CutOut = CutOutBackground.Fill };

    // ApplyOnnxModel knows columns by the names that the model has for its tensors; DecodeSam2Prompts by those that EncodeSam2Images
    // writes.
    var pipeline = ml.Transforms.PreprocessSam2Images("image", "Bytes")
        .Append(ml.Transforms.ApplyOnnxModel(tensors, ["image"], encoder))
        .Append(ml.Transforms.CopyColumns("E", "image_embed"))
        .Append(ml.Transforms.CopyColumns("E.HighResolutionFeatures0", "high_res_feats_0"))
        .Append(ml.Transforms.CopyColumns("E.HighResolutionFeatures1", "high_res_feats_1"))
        .Append(ml.Transforms.CopyColumns("E.ImageSize", "image.ImageSize"))
        .Append(ml.Transforms.DecodeSam2Prompts("Masks", "E", new() { PointColumn = "Points" }))

        // From here on a row is a mask.
        .Append(ml.Transforms.ExpandMasks("Mask", "Masks", cutOuts))
        .Append(ml.Transforms.PreprocessSam2Images("image", "Mask.Image"))
        .Append(ml.Transforms.ApplyOnnxModel(["image_embed"], ["image"], encoder));
    using var model = pipeline.Fit(data);
    var masks = ml.Data.CreateEnumerable<FoundMask>(model.Transform(data), reuseRowObject: false).ToList();
    foreach (var mask in masks)
    {
        Console.WriteLine(
            $"mask {mask.Index + 1}: {mask.Area} pixels, predicted IoU {mask.PredictedIou:0.000}; its cut-out is "
            + $"{mask.Embedding.Length} numbers, on average {mask.Embedding.Average():0.000}");
    }

    var overlay = NewFile(args.Length > 1 ? args[1] : Path.Combine("out", "onnx-models.png"));
    MaskOverlay.Save(overlay, image, new MaskSet(image.Size, [.. masks.Select(mask => mask.Mask[0])]), new() { ShowNumbers = true });
    Console.WriteLine($"{masks.Count} masks; look at {overlay}");
    return 0;
}
catch (Exception e)
{
    // What ML.NET and the stages wrap it in says which row it was; the file says more.
    Console.Error.WriteLine($"onnx-models: {e.GetBaseException().Message}");
    return 1;
}
finally
{
    folder.Delete(recursive: true);
}

// Nothing is written over: if there is an onnx-models.png, the next is onnx-models-2.png.
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

internal sealed class PromptedImage
{
    public byte[] Bytes { get; set; } = [];

    public float[] Points { get; set; } = [];
}

internal sealed class FoundMask
{
    [MaskSetType]
    public MaskSet Mask { get; set; } = MaskSet.Empty;

    [ColumnName("Mask.Index")]
    public int Index { get; set; }

    [ColumnName("Mask.Area")]
    public float Area { get; set; }

    [ColumnName("Mask.PredictedIou")]
    public float PredictedIou { get; set; }

    [ColumnName("image_embed")]
    public float[] Embedding { get; set; } = [];
}
