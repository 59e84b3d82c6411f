using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Inference;

/// <summary>Every export against the references' figures for the weights that it was made from.</summary>
public class ExportMaskDecoderTests
{
    private const float Clamp = 32;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> KindsAndImages
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var kind in OnnxExports.Kinds.Keys)
            {
                data.Add(kind, "scene");
                data.Add(kind, "breakfast");
            }

            return data;
        }
    }

    public static TheoryData<string> Kinds => [.. OnnxExports.Kinds.Keys];

    [Theory]
    [MemberData(nameof(KindsAndImages))]
    public void Decode_EveryGoldenThatTheExportCanExpress_GivesTheReferencesMasks(string kind, string image)
    {
        var (export, model) = (OnnxExports.Kinds[kind], OnnxExports.Open(kind));
        using var golden = new GoldenImage("micro", image);
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        var encoded = encoder.Encode(RgbImage.Load(Fixture.Path($"images/{image}.png")), Token);
        Near.Assert("embedding", golden["image_embedding"].Span, encoded.ImageEmbedding.Span, Tolerances.Embedding);
        Near.Assert("features 0", golden["high_resolution_features.0"].Span, encoded.HighResolutionFeatures0.Span, Tolerances.Embedding);
        Near.Assert("features 1", golden["high_resolution_features.1"].Span, encoded.HighResolutionFeatures1.Span, Tolerances.Embedding);

        var compared = 0;
        foreach (var item in golden.Cases)
        {
            var prompt = golden.Prompt(item);
            if ((prompt.HasMask && !export.HasMaskInput) || (item.Output == MaskOutput.Single && !export.HasSingle))
            {
                Assert.Throws<NotSupportedException>(() => decoder.Decode(encoded, [prompt], item.Output, Token));
                continue;
            }

            AssertMatches(export, golden, item, Assert.Single(decoder.Decode(encoded, [prompt], item.Output, Token)));
            compared++;
        }

        Assert.True(compared >= 5, $"compared {compared}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_EveryKindOfPrompt_GivesTheMasksOfTheCheckpoint(string kind)
    {
        var (export, model) = (OnnxExports.Kinds[kind], OnnxExports.Open(kind));
        using var golden = new GoldenImage("micro", "scene");
        using var expecting = new Sam2PromptDecoder(Sam2Model.FromFile(Fixture.Path("micro")));
        using var decoder = new Sam2PromptDecoder(model);
        var (reference, image) = (Encoded(golden, Sam2Model.FromFile(Fixture.Path("micro"))), Encoded(golden, model));
        Sam2Prompt[] prompts =
        [
            Sam2Prompt.FromPoint(176, 127),
            Sam2Prompt.FromBox(new BoxXyxy(70, 63, 288, 179)),
            new() { Points = [new(144, 148, PointLabel.Background)], Box = new BoxXyxy(70, 63, 288, 179) },
            new() { Points = [new(176, 127), new(112, 131), new(256, 21, PointLabel.Background)] },
            Sam2Prompt.FromPoint(12.5f, 200.25f),
            new() { Points = [new(100, 100), new(20, 20, PointLabel.Background)], Box = new BoxXyxy(-5, 3, 150, 210) },
            Sam2Prompt.FromBox(new BoxXyxy(1, 2, 90, 100)),
            .. export.HasMaskInput
                ? [
                    new Sam2Prompt { Points = [new(176, 127)], MaskLogits = golden["mask_input.mask-and-point"] },
                    new Sam2Prompt { Box = new BoxXyxy(70, 63, 288, 179), MaskLogits = golden["mask_input.mask-and-point"] },
                    new Sam2Prompt { MaskLogits = golden["mask_input.mask-and-point"] },
                ]
                : Array.Empty<Sam2Prompt>(),
        ];

        var expected = expecting.Decode(reference, prompts, MaskOutput.Multimask, Token);
        var found = decoder.Decode(image, prompts, MaskOutput.Multimask, Token);

        for (var i = 0; i < prompts.Length; i++)
        {
            AssertNear(export, $"prompt {i}", expected[i], found[i]);
        }
    }

    [Fact]
    public void Decode_SingleFromThree_IsTheBestOfThem()
    {
        using var golden = new GoldenImage("micro", "scene");
        var model = OnnxExports.Open("transformers.js", new Sam2OnnxOptions { BestAsSingle = true });
        using var decoder = new Sam2PromptDecoder(model);
        var image = Encoded(golden, model);
        Sam2Prompt[] prompts = [Sam2Prompt.FromPoint(176, 127), Sam2Prompt.FromBox(new BoxXyxy(70, 63, 288, 179))];

        var three = decoder.Decode(image, prompts, MaskOutput.Multimask, Token);
        var one = decoder.Decode(image, prompts, MaskOutput.Single, Token);

        for (var i = 0; i < prompts.Length; i++)
        {
            var best = three[i].Masks.MaxBy(mask => mask.PredictedIou)!;
            Assert.Equal(best.PredictedIou, Assert.Single(one[i].Masks).PredictedIou);
            Assert.Equal(best.LowResolutionMaskLogits.ToArray(), one[i].Masks[0].LowResolutionMaskLogits.ToArray());
        }
    }

    [Theory]
    [InlineData("samexporter", "micro.decoder.onnx", "num_labels", 1)]
    [InlineData("onnxruntime", "micro_image_decoder_multi.onnx", "num_labels", 1)]
    [InlineData("transformers.js", "onnx/prompt_encoder_mask_decoder.onnx", "point_batch_size", 2)]
    [InlineData("transformers.js", "onnx/prompt_encoder_mask_decoder.onnx", "batch_size", 2)]
    public void Decode_ExportWithAFixedBatch_FillsItAndGivesTheSame(string kind, string file, string symbol, int side)
    {
        using var folder = new TestFolder();
        OnnxExports.Copy(kind, folder);
        OnnxExports.Fix(folder[file], symbol, side);
        if (symbol == "batch_size")
        {
            OnnxExports.Fix(folder["onnx/vision_encoder.onnx"], symbol, side);
        }

        using var golden = new GoldenImage("micro", "scene");
        var (usual, model) = (OnnxExports.Open(kind), Sam2Model.FromOnnx(folder.Path));
        using var expecting = new Sam2PromptDecoder(usual);
        using var decoder = new Sam2PromptDecoder(model);
        using var encoder = new Sam2ImageEncoder(model);
        var image = encoder.Encode(RgbImage.Load(Fixture.Path("images/scene.png")), Token);
        Sam2Prompt[] prompts = [.. Enumerable.Range(0, 5).Select(i => Sam2Prompt.FromPoint(40 + (20 * i), 30 + (30 * i)))];

        var expected = expecting.Decode(Encoded(golden, usual), prompts, MaskOutput.Multimask, Token);
        var found = decoder.Decode(image, prompts, MaskOutput.Multimask, Token);

        for (var i = 0; i < prompts.Length; i++)
        {
            AssertNear(OnnxExports.Kinds[kind], $"prompt {i}", expected[i], found[i]);
        }
    }

    [Fact]
    public void Decode_ExportWithFixedPoints_SaysHowMany()
    {
        using var folder = new TestFolder();
        OnnxExports.Copy("samexporter", folder);
        OnnxExports.Fix(folder["micro.decoder.onnx"], "num_points", 2);
        OnnxExports.Fix(folder["micro.decoder-single.onnx"], "num_points", 2);
        using var golden = new GoldenImage("micro", "scene");
        var model = Sam2Model.FromOnnx(folder.Path);
        using var decoder = new Sam2PromptDecoder(model);
        var image = Encoded(golden, model);

        Assert.Single(decoder.Decode(image, [Sam2Prompt.FromBox(new BoxXyxy(70, 63, 288, 179))], MaskOutput.Single, Token));
        var error = Assert.Throws<NotSupportedException>(
            () => decoder.Decode(image, [Sam2Prompt.FromPoint(100, 100)], MaskOutput.Single, Token));

        Assert.Contains("prompts of 2 points", error.Message, StringComparison.Ordinal);
        Assert.Contains("found one of 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_MoreThanTheExportCan_NamesItAndWhatToDo()
    {
        using var golden = new GoldenImage("micro", "scene");
        var model = OnnxExports.Open("transformers.js");
        using var decoder = new Sam2PromptDecoder(model);
        var image = Encoded(golden, model);
        var point = Sam2Prompt.FromPoint(100, 100);

        var single = Assert.Throws<NotSupportedException>(() => decoder.Decode(image, [point], MaskOutput.Single, Token));
        var mask = Assert.Throws<NotSupportedException>(() => decoder.Segment(
            image, [point, point with { MaskLogits = golden["mask_input.mask-and-point"] }], MaskOutput.Multimask, null, Token));

        Assert.Contains("vision_encoder.onnx, by transformers.js, gives no single mask", single.Message, StringComparison.Ordinal);
        Assert.Contains("takes no masks", mask.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_OneMaskAlone_IsAllThatADecoderForOneGives()
    {
        var path = OnnxExports.Path("onnxruntime/micro_image_encoder.onnx");
        var model = Sam2Model.FromOnnx(
            path, new Sam2OnnxOptions { DecoderPath = OnnxExports.Path("onnxruntime/micro_image_decoder.onnx") });
        using var golden = new GoldenImage("micro", "scene");
        using var decoder = new Sam2PromptDecoder(model);
        var image = Encoded(golden, model);

        Assert.Single(decoder.Decode(image, [Sam2Prompt.FromPoint(100, 100)], MaskOutput.Single, Token)[0].Masks);
        var error = Assert.Throws<NotSupportedException>(
            () => decoder.Decode(image, [Sam2Prompt.FromPoint(100, 100)], MaskOutput.Multimask, Token));
        Assert.Contains("gives one", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sam2OnnxPrecision.Float16, "fp16")]
    [InlineData(Sam2OnnxPrecision.Quantized8, "quantized")]
    [InlineData(Sam2OnnxPrecision.Quantized4, "q4")]
    public void Decode_OtherPrecisions_GivesOnnxRuntimesMasks(Sam2OnnxPrecision precision, string name)
    {
        var model = OnnxExports.Open("transformers.js", new Sam2OnnxOptions { Precision = precision });
        using var expected = SafetensorsReader.Open(OnnxExports.Path("goldens-precisions.safetensors"));
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        foreach (var image in new[] { "scene", "breakfast" })
        {
            using var golden = new GoldenImage("micro", image);
            var encoded = encoder.Encode(golden["pixel_values"], golden.Size, Token);
            foreach (var item in golden.Cases.Where(item => item.Multimask))
            {
                var found = decoder.Decode(encoded, [golden.Prompt(item)], MaskOutput.Multimask, Token)[0];
                var key = $"{name}.{image}.{item.Name}";
                float[] logits = [.. found.Masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray())];
                Near.Assert($"{key}: logits", expected.ReadFloat32($"{key}.pred_masks").Span, logits, Tolerances.ExportLogits(precision));
                Near.Assert(
                    $"{key}: predicted IoU",
                    expected.ReadFloat32($"{key}.iou_scores").Span,
                    [.. found.Masks.Select(mask => mask.PredictedIou)],
                    Tolerances.ExportIou(precision));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Generate_EveryExport_FindsWhatTheCheckpointFinds(string kind)
    {
        var options = new AutomaticMaskGenerationOptions
        {
            PointsPerSide = 6, PredictedIouThreshold = 0.3f, StabilityScoreThreshold = 0.4f, CropLayers = 1,
        };
        var image = RgbImage.Load(Fixture.Path("images/scene.png"));
        using var expecting = new AutomaticMaskGenerator(options with { Model = Sam2Model.FromFile(Fixture.Path("micro")) });
        using var generator = new AutomaticMaskGenerator(options with { Model = OnnxExports.Open(kind) });

        var expected = expecting.Generate(image, cancellationToken: Token);
        var found = generator.Generate(image, cancellationToken: Token);

        Assert.NotEmpty(expected);
        Assert.Equal(expected.Count, found.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            var iou = MaskIou.Of(expected[i].Segmentation, found[i].Segmentation);
            Assert.True(iou >= Tolerances.MaskIou, $"mask {i}: IoU {iou}");
        }
    }

    [Fact]
    public void Generate_DecoderForOneMask_GivesOneForEachPoint()
    {
        var model = Sam2Model.FromOnnx(
            OnnxExports.Path("onnxruntime/micro_image_encoder.onnx"),
            new Sam2OnnxOptions { DecoderPath = OnnxExports.Path("onnxruntime/micro_image_decoder.onnx") });
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions
        {
            Model = model, PointsPerSide = 3, PredictedIouThreshold = 0, StabilityScoreThreshold = 0, BoxNmsThreshold = 1,
        });

        Assert.InRange(generator.Generate(RgbImage.Load(Fixture.Path("images/scene.png")), cancellationToken: Token).Count, 1, 9);
    }

    [Fact]
    public void Generate_RefinementThatTheExportCannot_IsRefusedBeforeAnImageIsEncoded()
    {
        var error = Assert.Throws<NotSupportedException>(() => new AutomaticMaskGenerator(
            new AutomaticMaskGenerationOptions { Model = OnnxExports.Open("transformers.js"), UseM2m = true }));
        Assert.Contains("takes no masks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_AspectRatioKept_GivesTheMaskOfTheSquareWithBlackBelow()
    {
        var options = new Sam2OnnxOptions { KeepAspectRatio = true, Pixels = Sam2OnnxPixels.Unit };
        var (kept, squashed) = (OnnxExports.Open("samexporter", options), OnnxExports.Open(
            "samexporter", new Sam2OnnxOptions { Pixels = Sam2OnnxPixels.Unit }));
        var size = new ImageSize(128, 80);
        var pixels = new byte[3 * size.PixelCount];
        var whole = new byte[3 * 128 * 128];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = whole[i] = (byte)((i / 384 * 3) ^ (i % 384 / 2));
        }

        using var encoder = new Sam2ImageEncoder(kept);
        using var decoder = new Sam2PromptDecoder(kept);
        using var wholeEncoder = new Sam2ImageEncoder(squashed);
        using var wholeDecoder = new Sam2PromptDecoder(squashed);
        var encoded = encoder.Encode(new RgbImage(size, pixels), Token);
        var wholeEncoded = wholeEncoder.Encode(new RgbImage(new ImageSize(128, 128), whole), Token);
        Near.Assert("embedding", wholeEncoded.ImageEmbedding.Span, encoded.ImageEmbedding.Span, Tolerances.Embedding);

        Sam2Prompt[] prompts = [Sam2Prompt.FromPoint(40, 60), Sam2Prompt.FromBox(new BoxXyxy(10, 20, 100, 70))];
        var expected = wholeDecoder.Segment(wholeEncoded, prompts, MaskOutput.Multimask, null, Token);
        var found = decoder.Segment(encoded, prompts, MaskOutput.Multimask, null, Token);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].PredictedIou, found[i].PredictedIou, Tolerances.PredictedIou);

            // The grid of logits is brought to another one in between, so edges move by parts of a pixel.
            var (ofSquare, part) = (expected[i].Segmentation.ToMask(), found[i].Segmentation.ToMask());
            var others = part.Where((value, pixel) => value != ofSquare[pixel]).Count();
            Assert.True(others < 0.02 * part.Length, $"mask {i}: {others} of {part.Length} pixels are others");
        }
    }

    [Fact]
    public void Encode_PreparedPixelsForAnExportThatTakesOthers_SaysSo()
    {
        using var golden = new GoldenImage("micro", "scene");
        using var encoder = new Sam2ImageEncoder(OnnxExports.Open("samexporter", new Sam2OnnxOptions { Pixels = Sam2OnnxPixels.Raw }));

        var error = Assert.Throws<NotSupportedException>(() => encoder.Encode(golden["pixel_values"], golden.Size, Token));

        Assert.Contains("(Raw, squashed, 128 a side)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sam2OnnxPixels.Raw, 1f)]
    [InlineData(Sam2OnnxPixels.Unit, 255f)]
    public void Encode_OtherPixels_AreThoseThatWereAskedFor(Sam2OnnxPixels pixels, float divisor)
    {
        var frame = new ML.Inference.ExportFrame(
            OnnxExportOf(OnnxExports.Path("samexporter"), new Sam2OnnxOptions { Pixels = pixels }), new ImageSize(128, 128));
        var image = new byte[3 * 128 * 128];
        image[0] = 200;
        image[4] = 100;

        var values = frame.Preprocess(new RgbImage(new ImageSize(128, 128), image), pixels, Token);

        Assert.Equal(200 / divisor, values[0], 1e-4f);
        Assert.Equal(100 / divisor, values[(128 * 128) + 1], 1e-4f);
    }

    private static MaskGen.ML.Models.OnnxExport OnnxExportOf(string folder, Sam2OnnxOptions options)
    {
        using var opened = Sam2Model.FromOnnx(folder, options).Open();
        return opened.Export!;
    }

    private static EncodedImage Encoded(GoldenImage golden, Sam2Model model) => new(
        golden.Size, 128, golden["image_embedding"], golden["high_resolution_features.0"], golden["high_resolution_features.1"],
        model.Fingerprint);

    private static void AssertMatches(ExportKind export, GoldenImage golden, GoldenCase item, DecodedPrompt answer)
    {
        float[] logits = [.. answer.Masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray())];
        Near.Assert(
            $"{item}: logits",
            Clamped(export, golden[$"low_resolution_mask_logits.{item.Name}"].ToArray()),
            logits,
            Tolerances.LowResolutionMaskLogits);
        Near.Assert(
            $"{item}: predicted IoU", item.PredictedIou, [.. answer.Masks.Select(mask => mask.PredictedIou)], Tolerances.PredictedIou);
        Near.Assert(
            $"{item}: object score",
            [export.HasObjectScore ? item.ObjectScoreLogit : 0],
            [answer.ObjectScoreLogit],
            Tolerances.ObjectScoreLogit);
    }

    private static void AssertNear(ExportKind export, string what, DecodedPrompt expected, DecodedPrompt found)
    {
        Assert.Equal(expected.Masks.Count, found.Masks.Count);
        for (var i = 0; i < expected.Masks.Count; i++)
        {
            Near.Assert(
                $"{what}: logits {i}",
                Clamped(export, expected.Masks[i].LowResolutionMaskLogits.ToArray()),
                found.Masks[i].LowResolutionMaskLogits.Span,
                Tolerances.LowResolutionMaskLogits);
            Near.Assert(
                $"{what}: predicted IoU {i}", [expected.Masks[i].PredictedIou], [found.Masks[i].PredictedIou], Tolerances.PredictedIou);
        }
    }

    private static float[] Clamped(ExportKind export, float[] logits) =>
        export.Clamps ? Array.ConvertAll(logits, logit => Math.Clamp(logit, -Clamp, Clamp)) : logits;
}
