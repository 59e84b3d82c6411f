using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests.Checkpoints;
using MaskGen.ML.Tests.Stages;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Inference;

/// <summary>A model that is loaded is loaded: what happens to its file changes nothing and ends nothing. While it is being loaded, a file
/// that
/// changes is noticed, and one that is replaced is read to its end.</summary>
public sealed class LoadedModelTests : IClassFixture<LoadedModelTests.Models>, IDisposable
{
    private static readonly RgbImage Image = RgbImage.Load(Fixture.Path("images/scene.png"));

    private readonly Models _models;
    private readonly TestFolder _folder = new();

    public LoadedModelTests(Models models) => _models = models;

    /// <summary>What others do to a file.</summary>
    public enum Disturbance
    {
        Truncate,
        Rewrite,
        Replace,
        Delete,
    }

    public static TheoryData<string, Disturbance> Disturbances =>
        new(
            from model in (string[])["micro", "micro.pt", "tiny"] from disturbance in Enum.GetValues<Disturbance>() select (model,
                disturbance));

    /// <summary>The official weights of tiny, whose large tensors are lent to ONNX Runtime, at an input size that is quick to
    /// run.</summary>
    internal static Sam2ModelConfig SmallTiny { get; } = new() { ImageSize = 256 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Disturbances))]
    public void EncoderAndDecoder_FileDisturbedAfterLoading_GiveTheSame(string model, Disturbance disturbance)
    {
        var path = Copy(model);
        var loaded = Sam2Model.FromFile(path);
        using var encoder = new Sam2ImageEncoder(loaded);
        using var decoder = new Sam2PromptDecoder(loaded);

        Disturb(path, disturbance);

        Assert.Equal(_models.Expected(model), Logits(encoder, decoder));
    }

    [Theory]
    [MemberData(nameof(Disturbances))]
    public void Generator_FileDisturbedBetweenEncoderAndDecoder_GivesTheSame(string model, Disturbance disturbance)
    {
        SkipWhereOpenFilesAreLocked();
        var path = Copy(model);
        var (hasEncoder, isDisturbed) = (false, false);
        var disturbing = Disturbing(
            path,
            (name, isSecond) =>
            {
                // All tensors are read for the fingerprint; then the encoder's again to build it, and then the decoder's.
                hasEncoder |= isSecond && name.StartsWith("vision_encoder", StringComparison.Ordinal);
                return hasEncoder && isSecond && name.StartsWith("mask_decoder", StringComparison.Ordinal);
            },
            () =>
            {
                isDisturbed = true;
                Disturb(path, disturbance);
            });
        using var generator = FewMasksGenerator(disturbing);

        Assert.True(isDisturbed);
        Assert.Equal(_models.ExpectedMasks(model), Digest(generator.Generate(Image, cancellationToken: Token)));
    }

    [Theory]
    [MemberData(nameof(Disturbances))]
    public void Encoder_FileDisturbedBeforeItsTensorsAreRead_IsRefusedOrReadToItsEnd(string model, Disturbance disturbance)
    {
        SkipWhereOpenFilesAreLocked();
        var path = Copy(model);
        var reads = 0;
        var disturbing = Disturbing(path, (_, _) => ++reads == 3, () => Disturb(path, disturbance));
        if (disturbance is Disturbance.Truncate or Disturbance.Rewrite && model == "tiny")
        {
            var error = Assert.Throws<CheckpointFormatException>(() => new Sam2ImageEncoder(disturbing));
            Assert.Contains("changed while it was read", error.Message, StringComparison.Ordinal);
            Assert.Contains(Path.GetFileName(path), error.Message, StringComparison.Ordinal);
            return;
        }

        try
        {
            using var encoder = new Sam2ImageEncoder(disturbing);
            using var decoder = new Sam2PromptDecoder(Sam2Model.FromFile(Copy(model)));
            Assert.Equal(_models.Expected(model), Logits(encoder, decoder));
        }
        catch (CheckpointFormatException e) when (disturbance is Disturbance.Truncate or Disturbance.Rewrite)
        {
            // A small file may have been read whole by then, or not.
            Assert.Contains("changed while it was read", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("micro", Disturbance.Rewrite)]
    [InlineData("tiny", Disturbance.Replace)]
    public void Decode_FileWasAnotherModelBeforeTheDecoderWasLoaded_IsRefused(string model, Disturbance disturbance)
    {
        var path = Copy(model);
        using var encoder = new Sam2ImageEncoder(Sam2Model.FromFile(path));
        var encoded = encoder.Encode(Image, Token);
        Disturb(path, disturbance, File.ReadAllBytes(_models.Other(model)));

        using var decoder = new Sam2PromptDecoder(Sam2Model.FromFile(path));

        Assert.Throws<ArgumentException>(() => decoder.Decode(encoded, [Sam2Prompt.FromPoint(9, 9)], MaskOutput.Single, Token));
    }

    [Theory]
    [InlineData(Disturbance.Truncate)]
    [InlineData(Disturbance.Rewrite)]
    [InlineData(Disturbance.Delete)]
    public void Stage_FileDisturbedBetweenTwoRuns_GivesTheSame(Disturbance disturbance)
    {
        var path = Copy("micro");
        var ml = new MLContext();
        var data = StageData.Images(ml);
        var options = StageData.GenerationOptions with { Model = Sam2Model.FromFile(path) };
        using var model = ml.Transforms.GenerateMasks("Masks", "Image", options).Fit(data);
        var before = ColumnDigest.Of(model.Transform(data), ["Masks"]);

        Disturb(path, disturbance);

        Assert.Equal(before, ColumnDigest.Of(model.Transform(data), ["Masks"]));
    }

    [Fact]
    public void Loaded_Model_LeavesItsFileToOthers()
    {
        var path = Copy("micro");
        var model = Sam2Model.FromFile(path);
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        using var generator = new AutomaticMaskGenerator(new() { Model = model });

        using var exclusive = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private static Sam2Model Disturbing(string path, Func<string, bool, bool> isTheMoment, Action disturb) =>
        new("disturbed", RecommendedThresholds.Official, () =>
        {
            var opened = Sam2Model.FromFile(path).Open();
            return opened with { Weights = new DisturbedCheckpoint(opened.Weights, isTheMoment, disturb) };
        });

    private static AutomaticMaskGenerator FewMasksGenerator(Sam2Model model) =>
        new(new() { Model = model, PointsPerSide = 2, PredictedIouThreshold = 0, StabilityScoreThreshold = 0 });

    private static void SkipWhereOpenFilesAreLocked() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The system lets nobody at a file that is open.");

    private static void Disturb(string path, Disturbance disturbance, byte[]? other = null)
    {
        var length = (int)new FileInfo(path).Length;
        switch (disturbance)
        {
            case Disturbance.Truncate:
                FileByteSourceTests.Rewrite(path, []);
                break;
            case Disturbance.Rewrite:
                FileByteSourceTests.Rewrite(path, other ?? [.. Enumerable.Repeat((byte)0x41, length)]);
                break;
            case Disturbance.Replace:
                File.WriteAllBytes(path + ".new", other ?? new byte[length]);
                File.Move(path + ".new", path, overwrite: true);
                break;
            default:
                File.Delete(path);
                break;
        }
    }

    private static float[] Logits(Sam2ImageEncoder encoder, Sam2PromptDecoder decoder)
    {
        var prompts = (Sam2Prompt[])[Sam2Prompt.FromPoint(30, 30), Sam2Prompt.FromBox(new BoxXyxy(5, 5, 40, 40))];
        return
        [
            .. decoder.Decode(encoder.Encode(Image, Token), prompts, MaskOutput.Multimask, Token)
                .SelectMany(prompt => prompt.Masks)
                .SelectMany(mask => mask.LowResolutionMaskLogits.ToArray().Append(mask.PredictedIou)),
        ];
    }

    private static string Digest(MaskSet masks) =>
        string.Join(
            '\n',
            masks.Select(mask => $"{mask.PredictedIou:R} {mask.StabilityScore:R} {string.Join(',', mask.Segmentation.Counts.ToArray())}"));

    private string Copy(string model)
    {
        var source = _models.Path(model);
        var folder = Directory.CreateDirectory(_folder[Guid.NewGuid().ToString("N")]).FullName;
        File.Copy(Path.Combine(Path.GetDirectoryName(source)!, "config.json"), Path.Combine(folder, "config.json"));
        var copy = Path.Combine(folder, Path.GetFileName(source));
        File.Copy(source, copy);
        return copy;
    }

    /// <summary>The models, written once, and what they give undisturbed.</summary>
    public sealed class Models : IDisposable
    {
        private readonly TestFolder _folder = new();
        private readonly Dictionary<string, float[]> _expected = [];
        private readonly Dictionary<string, string> _expectedMasks = [];

        public Models()
        {
            using var tiny = TestModel.OpenOfficial("tiny");
            Write("tiny", tiny.Weights, SmallTiny, isOther: false);
            Write("tiny-other", tiny.Weights, SmallTiny, isOther: true);
            using var micro = TestModel.Open("micro");
            Write("micro-other", micro.Weights, micro.Config, isOther: true);
        }

        public void Dispose() => _folder.Dispose();

        internal string Path(string model) => model switch
        {
            "micro" => Fixture.Path("micro/model.safetensors"),
            "micro.pt" => Fixture.Path("micro/micro.pt"),
            _ => _folder[$"{model}/model.safetensors"],
        };

        /// <summary>A model of the same architecture with other weights.</summary>
        internal string Other(string model) => Path($"{model}-other");

        internal float[] Expected(string model)
        {
            lock (_expected)
            {
                if (!_expected.TryGetValue(model, out var expected))
                {
                    var undisturbed = Sam2Model.FromFile(Path(model));
                    using var encoder = new Sam2ImageEncoder(undisturbed);
                    using var decoder = new Sam2PromptDecoder(undisturbed);
                    _expected.Add(model, expected = Logits(encoder, decoder));
                }

                return expected;
            }
        }

        internal string ExpectedMasks(string model)
        {
            lock (_expectedMasks)
            {
                if (!_expectedMasks.TryGetValue(model, out var expected))
                {
                    using var generator = FewMasksGenerator(Sam2Model.FromFile(Path(model)));
                    _expectedMasks.Add(model, expected = Digest(generator.Generate(Image, cancellationToken: Token)));
                }

                return expected;
            }
        }

        private void Write(string name, ICheckpoint weights, Sam2ModelConfig config, bool isOther)
        {
            Directory.CreateDirectory(_folder[name]);
            File.WriteAllBytes(_folder[$"{name}/config.json"], Sam2ModelConfigWriter.Write(config));
            using var stream = File.Create(_folder[$"{name}/model.safetensors"]);
            SafetensorsWriter.Write(
                stream,
                [.. weights.Tensors.Select(tensor => (tensor.Key, tensor.Value))],
                tensor =>
                {
                    var values = weights.ReadFloat32(tensor).ToArray();
                    values[0] += isOther ? 0.01f : 0;
                    return values;
                });
        }
    }

    /// <summary>Weights whose file is disturbed just before one of their tensors is read.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="isTheMoment">Told the tensor, and whether it is read again.</param>
    /// <param name="disturb">Called once.</param>
    private sealed class DisturbedCheckpoint(ICheckpoint weights, Func<string, bool, bool> isTheMoment, Action disturb) : ICheckpoint
    {
        private readonly HashSet<string> _read = [];
        private bool _isDisturbed;

        public string Source => weights.Source;

        public IReadOnlyDictionary<string, TensorDescription> Tensors => weights.Tensors;

        public ReadOnlyMemory<float> ReadFloat32(string name)
        {
            if (isTheMoment(name, !_read.Add(name)) && !_isDisturbed)
            {
                _isDisturbed = true;
                disturb();
            }

            return weights.ReadFloat32(name);
        }

        public void Dispose() => weights.Dispose();
    }
}
