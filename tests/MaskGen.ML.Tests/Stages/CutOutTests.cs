using Google.Protobuf;
using MaskGen.ML.OnnxGraph;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Tests.Stages;

/// <summary>The part of the image that each mask covers, and what other stages make of it.</summary>
public sealed class CutOutTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    // All three of every point.
    private static AutomaticMaskGenerationOptions ManyMasks => StageData.GenerationOptions with { BoxNmsThreshold = 1 };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CutOutBackground.Keep)]
    [InlineData(CutOutBackground.Fill)]
    [InlineData(CutOutBackground.Transparent)]
    public void Transform_MasksOfAnImage_CutsEachToItsBox(CutOutBackground background)
    {
        var fill = new RgbColor(9, 8, 7);
        var options = new MaskExpansionOptions { ImageColumn = "Image", CutOut = background, CutOutFill = fill };
        var data = Masks();
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", options).Fit(data).Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        var getPath = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Path"]);
        var getMask = cursor.GetGetter<MaskSet>(view.Schema["Mask"]);
        var getImage = cursor.GetGetter<MLImage?>(view.Schema["Mask.Image"]);
        ReadOnlyMemory<char> path = default;
        var masks = MaskSet.Empty;
        MLImage? cutOut = null;
        var rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            getPath(ref path);
            getMask(ref masks);
            getImage(ref cutOut);
            var (mask, image) = (masks[0], RgbImage.Load(Fixture.Path(path.ToString())));
            var (box, isSet) = (mask.BoundingBox, mask.Segmentation.ToMask());
            if (mask.Area == 0)
            {
                Assert.Null(cutOut);
                continue;
            }

            Assert.Equal((box.Width + 1, box.Height + 1), (cutOut!.Width, cutOut.Height));
            for (var i = 0; i < cutOut.Width * cutOut.Height; i++)
            {
                var (x, y) = ((int)box.X + (i % cutOut.Width), (int)box.Y + (i / cutOut.Width));
                var pixel = (y * image.Size.Width) + x;
                byte[] expected = (background, isSet[pixel]) switch
                {
                    (CutOutBackground.Transparent, false) => [0, 0, 0, 0],
                    (CutOutBackground.Fill, false) => [fill.Red, fill.Green, fill.Blue, 255],
                    _ => [.. image.Pixels.Slice(3 * pixel, 3), 255],
                };
                Assert.Equal(expected, cutOut.Pixels.Slice(4 * i, 4).ToArray());
            }
        }

        Assert.True(rows > 3);
    }

    [Fact]
    public void Transform_EmptyMaskAndMaskOfOnePixel_GiveNothingAndOnePixel()
    {
        var size = new ImageSize(3, 2);
        using var image = RgbImage.FromPixels(size, [.. Enumerable.Range(1, 18).Select(i => (byte)i)]).ToMLImage();
        var masks = new MaskSet(size, [TestMasks.Of(size), TestMasks.Of(size, 5)]);
        var data = _ml.Data.LoadFromEnumerable([new MaskedRow { Image = image, Masks = masks }]);
        var options = new MaskExpansionOptions { ImageColumn = "Image", CutOut = CutOutBackground.Transparent };
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", options)
            .Append(_ml.Transforms.ResizeImages("Small", 2, 2, "Mask.Image"))
            .Append(_ml.Transforms.ExtractPixels("Pixels", "Small"))
            .Fit(data)
            .Transform(data);
        var rows = _ml.Data.CreateEnumerable<PixelRow>(view, reuseRowObject: false).ToList();
        Assert.All(rows[0].Pixels, value => Assert.Equal(0, value));

        // Planes of R, G and B.
        Assert.Equal([16, 16, 16, 16, 17, 17, 17, 17, 18, 18, 18, 18], rows[1].Pixels);
    }

    [Fact]
    public void Transform_CutOutNotRead_LeavesTheImageAlone()
    {
        var size = new ImageSize(3, 2);
        var image = RgbImage.FromPixels(size, new byte[18]).ToMLImage();
        image.Dispose();
        var data = _ml.Data.LoadFromEnumerable([new MaskedRow { Image = image, Masks = new(size, [TestMasks.Of(size, 5)]) }]);
        var options = new MaskExpansionOptions { ImageColumn = "Image", CutOut = CutOutBackground.Keep };
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", options).Fit(data).Transform(data);
        Assert.Single(ColumnDigest.Of(view, ["Mask.Area", "Mask.CocoRle"]));
        Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(view, ["Mask.Image"]));
    }

    [Fact]
    public void Getter_NextRow_DisposesTheCutOutOfTheRowBefore()
    {
        var data = StageData.Masks(_ml);
        var options = new MaskExpansionOptions { ImageColumn = "Image", CutOut = CutOutBackground.Keep };
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", options).Fit(data).Transform(data);
        using var cursor = view.GetRowCursor([view.Schema["Mask.Image"]]);
        var getImage = cursor.GetGetter<MLImage?>(view.Schema["Mask.Image"]);
        MLImage? image = null;
        Assert.True(cursor.MoveNext());
        getImage(ref image);
        var first = Assert.IsType<MLImage>(image);
        Assert.True(first.Width > 0);
        Assert.True(cursor.MoveNext());
        getImage(ref image);
        Assert.NotSame(first, image);
        Assert.Throws<InvalidOperationException>(() => first.Width);
    }

    [Fact]
    public void Fit_SegmentCutOutClassify_IsOnePipelineThatSavesAndLoads()
    {
        var classifier = BrightnessClassifier(side: 4);
        var data = StageData.Files(_ml);
        var expansion = new MaskExpansionOptions { ImageColumn = "Bytes", CutOut = CutOutBackground.Fill, CutOutFill = new(0, 0, 0) };
        var pipeline = _ml.Transforms.GenerateMasks("Masks", "Bytes", ManyMasks)
            .Append(_ml.Transforms.ExpandMasks("Mask", "Masks", expansion))
            .Append(_ml.Transforms.ResizeImages("Small", 4, 4, "Mask.Image", ImageResizingEstimator.ResizingKind.Fill))
            .Append(_ml.Transforms.ExtractPixels("pixels", "Small", scaleImage: 1 / 255f))
            .Append(_ml.Transforms.ApplyOnnxModel(["classes"], ["pixels"], classifier));
        using var model = pipeline.Fit(data);
        var rows = _ml.Data.CreateEnumerable<ClassifiedMask>(model.Transform(data), reuseRowObject: false).ToList();
        Assert.True(rows.Count > 3);
        foreach (var row in rows)
        {
            // The classifier by hand: the mean of what it was given, dark against bright.
            var mean = row.Pixels.Average();
            Assert.Equal(1 - (2 * mean), row.Classes[0], 1e-5f);
            Assert.Equal((2 * mean) - 1, row.Classes[1], 1e-5f);
        }

        Assert.True(rows.Select(row => row.Classes[0]).Distinct().Count() > 1);
        _ml.Model.Save(model, data.Schema, _folder["pipeline.zip"]);
        var elsewhere = new MLContext();
        using var loaded = (IDisposable)elsewhere.Model.Load(_folder["pipeline.zip"], out _);
        var again = elsewhere.Data.CreateEnumerable<ClassifiedMask>(
            ((ITransformer)loaded).Transform(StageData.Files(elsewhere)), reuseRowObject: false);
        Assert.Equal(rows.Select(Text), again.Select(Text));

        static string Text(ClassifiedMask row) => $"{row.Path} {string.Join(' ', row.Classes)}";
    }

    [Fact]
    public void Save_ExpansionWithCutOuts_LoadsTheSame()
    {
        string[] columns = ["Mask", "Mask.RelativeArea", "Mask.CocoRle", "Mask.ImageSize", "Mask.MeanColor", "Mask.Image", "Mask.Error"];
        var options = new MaskExpansionOptions
        {
            ImageColumn = "Image", CutOut = CutOutBackground.Fill, CutOutFill = new(1, 2, 3), FailedRows = FailedRowBehavior.Mark,
        };
        var data = StageData.Masks(_ml);
        var transformer = _ml.Transforms.ExpandMasks("Mask", "Masks", options).Fit(data);
        _ml.Model.Save(transformer, data.Schema, _folder["model.zip"]);
        Assert.Equal(
            ColumnDigest.Of(transformer.Transform(data), columns),
            ChildProcess.Digest(_folder["model.zip"], nameof(StageData.Masks), columns));
    }

    [Fact]
    public void ExpandMasks_OptionsThatDoNotGoTogether_AreRefusedAtOnce()
    {
        Assert.Contains(
            "ImageColumn",
            Assert.Throws<ArgumentException>(() => _ml.Transforms.ExpandMasks("M", "S", new() { CutOut = CutOutBackground.Keep })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _ml.Transforms.ExpandMasks("M", "S", new() { ImageColumn = " " }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Transforms.ExpandMasks("M", "S", new() { ImageColumn = "I", CutOut = (CutOutBackground)9 }));
        Assert.Throws<ArgumentNullException>(() => _ml.Transforms.ExpandMasks("M", "S", options: null!));
    }

    private IDataView Masks()
    {
        var data = StageData.Images(_ml);
        return _ml.Transforms.GenerateMasks("Masks", "Image", ManyMasks).Fit(data).Transform(data);
    }

    // Two logits of the mean of all values: how dark and how bright.
    private string BrightnessClassifier(int side)
    {
        var count = 3 * side * side;
        var graph = new GraphBuilder("brightness");
        var pixels = graph.Reshape(graph.Input("pixels", 1, 3, side, side), 1, count);
        var weights = new float[2 * count];
        for (var i = 0; i < count; i++)
        {
            (weights[2 * i], weights[(2 * i) + 1]) = (-2f / count, 2f / count);
        }

        graph.Output(graph.Add(graph.MatMul(pixels, graph.Constant(weights, count, 2)), graph.Constant([1, -1], 1, 2)), "classes", 1, 2);
        return _folder.Write("brightness.onnx", graph.Build().Proto.ToByteArray());
    }

    private sealed class MaskedRow
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }

        [MaskSetType]
        public MaskSet? Masks { get; set; }
    }

    private sealed class PixelRow
    {
        public float[] Pixels { get; set; } = [];
    }

    private sealed class ClassifiedMask
    {
        public string Path { get; set; } = string.Empty;

        [ColumnName("pixels")]
        public float[] Pixels { get; set; } = [];

        [ColumnName("classes")]
        public float[] Classes { get; set; } = [];
    }
}
