using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

public class Sam2ImageEncodingTests
{
    private static readonly string[] Added = ["Embedding", "Embedding.HighResolutionFeatures0", "Embedding.HighResolutionFeatures1", "Embedding.ImageSize"];
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Stage_OnPictures_KeepsTheContract() =>
        StageContract.Verify(_ml, Encode("Image"), nameof(StageData.Images), Added, Sam2ImagePreprocessingTests.WrongImages(_ml)[..1]);

    [Fact]
    public void Stage_OnPreprocessedPictures_KeepsTheContract() =>
        StageContract.Verify(_ml, Encode("Pixels"), nameof(StageData.Preprocessed), Added);

    private Sam2ImageEncodingEstimator Encode(string input) => _ml.Transforms.EncodeSam2Images("Embedding", input, new() { Model = StageData.Micro });
}
