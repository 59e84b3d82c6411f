using MaskGen.ML.Imaging;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

public class Sam2ImagePreprocessingTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Stage_KeepsTheContract()
    {
        StageContract.Verify(
            _ml,
            _ml.Transforms.PreprocessSam2Images("Pixels", "Image", new() { Model = StageData.Micro }),
            nameof(StageData.Images),
            ["Pixels", "Pixels.ImageSize"],
            WrongImages(_ml));
    }

    [Fact]
    public void Transform_Images_GivesTheEncodersInput()
    {
        var data = StageData.Preprocessed(_ml);
        var rows = _ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false).ToList();

        using var image = MLImage.CreateFromFile(Fixture.Path(StageData.Paths[0]));
        Assert.Equal(Sam2Preprocessing.Preprocess(RgbImage.FromMLImage(image), 128, TestContext.Current.CancellationToken), rows[0].Pixels);
        Assert.Equal([image.Width, image.Height], rows[0].ImageSize);
        Assert.Equal([0, 0], rows[1].ImageSize);
        Assert.All(rows[1].Pixels, value => Assert.Equal(0, value));
        Assert.Equal([3, 128, 128], ((VectorDataViewType)data.Schema["Pixels"].Type).Dimensions);
    }

    /// <summary>What every stage that reads images must refuse.</summary>
    internal static WrongData[] WrongImages(MLContext ml) =>
    [
        new(ml.Data.LoadFromEnumerable([new TextImage()]), "Image", "Image", "String"),
        new(ml.Data.LoadFromEnumerable([new VectorImage()]), "Image", "Image", "Vector<Single"),
        new(ml.Data.LoadFromEnumerable([new StageData.PathRow()]), "Image", "Image", "no column of that name; there are 'Path'"),
    ];

    private sealed class TextImage
    {
        public string Image { get; set; } = string.Empty;
    }

    private sealed class VectorImage
    {
        [VectorType(3)]
        public float[] Image { get; set; } = [1, 2, 3];
    }

    private sealed class Row
    {
        public float[] Pixels { get; set; } = [];

        [ColumnName("Pixels.ImageSize")]
        public int[] ImageSize { get; set; } = [];
    }
}
