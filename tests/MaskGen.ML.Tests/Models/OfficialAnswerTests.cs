namespace MaskGen.ML.Tests.Models;

/// <summary>Known answers of the published weights: three masks for one point on the image of a car that Hugging Face's own tests
/// use.</summary>
public class OfficialAnswerTests
{
    /// <summary>The figures were published with four digits, made with another resize and on other hardware.</summary>
    private const float Tolerance = 1e-2f;

    [Theory]
    [InlineData("facebook/sam2.1-hiera-tiny", 0.0316f, 0.9647f, 0.1029f)]
    [InlineData("facebook/sam2.1-hiera-small", 0.9664f, 0.1494f, 0.0456f)]
    [InlineData("facebook/sam2.1-hiera-base-plus", 0.0361f, 0.9775f, 0.1307f)]
    [InlineData("facebook/sam2.1-hiera-large", 0.9648f, 0.0371f, 0.1898f)]
    [InlineData("facebook/sam2-hiera-tiny", 0.0439f, 0.9567f, 0.1415f)]
    [InlineData("facebook/sam2-hiera-small", 0.9593f, 0.1633f, 0.0392f)]
    [InlineData("facebook/sam2-hiera-base-plus", 0.0423f, 0.9815f, 0.0897f)]
    [InlineData("facebook/sam2-hiera-large", 0.9514f, 0.0535f, 0.1787f)]
    public void Decode_PointOnTheCar_GivesTheKnownPredictedIou(string name, float first, float second, float third)
    {
        var model = OfficialCheckpoints.Require(name);
        var path = OfficialCheckpoints.RequireFile("car.png");
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);

        var image = encoder.Encode(RgbImage.Load(path), TestContext.Current.CancellationToken);
        var answer = decoder.Decode(image, [Sam2Prompt.FromPoint(1000, 600)], MaskOutput.Multimask, TestContext.Current.CancellationToken);

        Near.Assert("predicted IoU", [first, second, third], answer[0].Masks.Select(m => m.PredictedIou).ToArray(), Tolerance);
    }
}
