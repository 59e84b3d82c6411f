using MaskGen.ML.Inference;

namespace MaskGen.ML.Stages;

/// <summary>The real generator behind the stage, with one encoder and one decoder over weights that the stage keeps open.</summary>
internal sealed class AutomaticGenerator : IMaskGenerator
{
    private readonly Sam2ImageEncoder _encoder;
    private readonly IMaskDecoder _decoder;
    private readonly AutomaticMaskGenerator _generator;

    private AutomaticGenerator(OpenedSam2Model model, AutomaticMaskGenerationOptions options, RecommendedThresholds recommendedThresholds)
    {
        _encoder = new Sam2ImageEncoder(model.Config, model.Weights, options.Session);
        try
        {
            _decoder = Sam2PromptDecoder.CreateMaskDecoder(model.Config, model.Weights, options.Session);
        }
        catch
        {
            _encoder.Dispose();
            throw;
        }

        _generator = new AutomaticMaskGenerator(model.Config, _encoder.Encode, _decoder, recommendedThresholds, options);
    }

    public static IMaskGenerator Create(
        OpenedSam2Model model, AutomaticMaskGenerationOptions options, RecommendedThresholds recommendedThresholds) =>
        new AutomaticGenerator(model, options, recommendedThresholds);

    public MaskSet Generate(RgbImage image, IProgress<MaskGenerationProgress> progress) => _generator.Generate(image, progress);

    public void Dispose()
    {
        _generator.Dispose();
        _decoder.Dispose();
        _encoder.Dispose();
    }
}
