namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>A program that uses MaskGen.ML without a data view. It runs in the tests, and published in other ways, and says the same in
/// all of them.</summary>
public static class DirectUse
{
    /// <summary>Segments everything, a point and a box of an image with the embedded model.</summary>
    /// <param name="path">An image file.</param>
    /// <returns>How many masks, and the areas of the prompted ones.</returns>
    public static string Describe(string path)
    {
        var image = RgbImage.Load(path);
        var (width, height) = image.Size;
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { Model = Sam2Model.Nano });
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        using var decoder = new Sam2PromptDecoder(Sam2Model.Nano);
        var encoded = encoder.Encode(image);
        var three = decoder.Segment(encoded, [Sam2Prompt.FromPoint(width / 2, height / 2)], MaskOutput.Multimask);
        var one = decoder.Segment(
            encoded, [Sam2Prompt.FromBox(new BoxXyxy(width / 4, height / 4, width / 2, height / 2))], MaskOutput.Single);
        return $"{generator.Generate(image).Count} masks; {string.Join(", ", three.Concat(one).Select(mask => mask.Area))} pixels";
    }
}
