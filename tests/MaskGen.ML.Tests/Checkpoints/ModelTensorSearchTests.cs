using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Checkpoints;

public class ModelTensorSearchTests
{
    private static readonly string[] HuggingFaceNames = [.. Sam2CheckpointContract.RequiredTensors(TestModel.Config("micro")).Keys];
    private static readonly string[] MetaNames = ReadMetaNames();

    private static readonly string[] OtherNames =
        ["criterion.weight", "memory_encoder.a", "maskmem_tpos_enc", "optimizer.state.0.exp_avg", "head.classifier.bias", "module.x", "a"];

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("module._orig_mod.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("state_dict.sam.")]
    [InlineData("state_dict.net.module._orig_mod.")]
    [InlineData("a.b.c.d.e.f.")]
    [InlineData("0.weights.")]
    [InlineData("vision_encoder.")]
    [InlineData("image_encoder.")]
    [InlineData("mask_decoder.image_encoder.")]
    public void Find_AnyPrefix_GivesTheTensorsAndNoOthers(string prefix)
    {
        foreach (var names in new[] { HuggingFaceNames, MetaNames })
        {
            var found = ModelTensorSearch.Find([.. names.Select(name => prefix + name), .. OtherNames], "x");
            Assert.Equal(HuggingFaceNames.Order(), found.Keys.Order());
            Assert.Equal(names.Select(name => prefix + name).Order(), found.Values.SelectMany(parts => parts).Distinct().Order());
        }
    }

    [Property(MaxTest = 300)]
    public Property Find_RandomPrefixAndWrappersInside_GivesTheTensors()
    {
        var part = Gen.Elements("model", "module", "_orig_mod", "net", "sam", "x1", "vision_encoder", "image_encoder", "state_dict", "0");
        var wrapper = Gen.Elements(string.Empty, string.Empty, "_orig_mod.", "module.", "_fsdp_wrapped_module._checkpoint_wrapped_module.");
        return Prop.ForAll(
            Arb.From(part.ArrayOf(), parts => []), Arb.From(Gen.ArrayOf(wrapper, 8), _ => []), Arb.From(Gen.Elements(true, false)),
            (parts, wrappers, isMeta) =>
        {
            // A wrapper in front of a part puts its own name behind it, for all tensors of that part alike.
            var inside = isMeta ? new[] { "image_encoder.", "image_encoder.trunk.", "sam_mask_decoder.", "sam_mask_decoder.transformer." }
                : ["vision_encoder.", "vision_encoder.backbone.", "mask_decoder.", "mask_decoder.transformer."];
            var prefix = string.Concat(parts.Select(p => p + "."));
            var names = (isMeta ? MetaNames : HuggingFaceNames).Select(name => prefix + Wrap(name)).ToList();
            var found = ModelTensorSearch.Find([.. names, .. OtherNames], "x");
            Assert.Equal(HuggingFaceNames.Order(), found.Keys.Order());
            Assert.Equal(names.Order(), found.Values.SelectMany(p => p).Distinct().Order());

            string Wrap(string name)
            {
                for (var i = inside.Length - 1; i >= 0; i--)
                {
                    name = name.StartsWith(inside[i], StringComparison.Ordinal) ? inside[i] + wrappers[i] + name[inside[i].Length..] : name;
                }

                return name;
            }
        });
    }

    [Theory]
    [InlineData("model.", "ema.", "model.")]
    [InlineData("model_ema.", "model.", "model.")]
    [InlineData("ema_state.", "model_state_dict.module.", "model_state_dict.module.")]
    [InlineData("", "ema.", "")]
    [InlineData("state_dict.model.", "state_dict.teacher.model.", "state_dict.model.")]
    [InlineData("hyper_parameters.model.", "state_dict.model.", "state_dict.model.")]
    public void Find_WeightsAndACopyOfThem_TakesThePlainOnes(string first, string second, string expected)
    {
        var found = ModelTensorSearch.Find([.. HuggingFaceNames.Select(n => first + n), .. HuggingFaceNames.Select(n => second + n)], "x");
        Assert.Equal(HuggingFaceNames.Select(n => expected + n).Order(), found.Values.SelectMany(p => p).Order());
    }

    [Theory]
    [InlineData("student.", "teacher.")]
    [InlineData("model.", "state_dict.")]
    [InlineData("", "model.")]
    [InlineData("ema.", "ema2.")]
    public void Find_TwoThatMayBeMeant_NamesBoth(string first, string second)
    {
        var error = Assert.Throws<CheckpointFormatException>(
            () => ModelTensorSearch.Find([.. HuggingFaceNames.Select(n => first + n), .. MetaNames.Select(n => second + n)], "file x"));
        Assert.StartsWith("file x: expected the tensors of one SAM 2, found those of 2, under ", error.Message, StringComparison.Ordinal);
        foreach (var prefix in new[] { first, second })
        {
            Assert.Contains(prefix.Length == 0 ? "no prefix" : $"'{prefix}'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Find_ACopyWithoutBuffers_TakesTheWholeOne()
    {
        // Averages are often kept of parameters alone, under keys that say nothing.
        var copy = HuggingFaceNames.Where(n => n != "no_memory_embedding").Select(n => "b." + n);
        var found = ModelTensorSearch.Find([.. copy, .. HuggingFaceNames.Select(n => "a." + n)], "x");
        Assert.All(found.Values, parts => Assert.StartsWith("a.", parts[0], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a,b", "found 2 tensors: 'a', 'b'.")]
    [InlineData("model.backbone.w,model.backbone.v,model.head.w",
        "found 3 tensors: 2 under 'model.backbone.' (such as 'model.backbone.w'), 1 under 'model.head.' (such as 'model.head.w').")]
    [InlineData("", "found nothing to speak of.")]
    public void Find_NoSam2_SaysWhatWasSeen(string names, string message)
    {
        var error = Assert.Throws<CheckpointFormatException>(
            () => ModelTensorSearch.Find(names.Split(',', StringSplitOptions.RemoveEmptyEntries), "file x", "nothing to speak of"));
        Assert.Contains("'image_encoder.trunk.pos_embed' or 'vision_encoder.backbone.pos_embed'", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_ManyModels_StopsEarly()
    {
        var names = Enumerable.Range(0, 100).Select(i => $"p{i}.no_memory_embedding").ToList();
        Assert.Contains(
            "more than 64", Assert.Throws<CheckpointFormatException>(() => ModelTensorSearch.Find(names, "x")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.b.c", "b.c", 2)]
    [InlineData("b.c", "b.c", 0)]
    [InlineData("ab.c", "b.c", -1)]
    [InlineData("b.c.d", "b.c", -1)]
    [InlineData("x.b.module.c", "b.c", 2)]
    [InlineData("x.b.module._orig_mod.c", "b.c", 2)]
    [InlineData("module.c", "b.c", -1)]
    [InlineData("b.c.module", "b.c", -1)]
    [InlineData("c", "b.c", -1)]
    [InlineData("", "b.c", -1)]
    [InlineData(".b.c", "b.c", 1)]
    public void FindEnding_PartsAndWrappers_GivesWhereItBegins(string name, string ending, int expected) =>
        Assert.Equal(expected, ModelTensorNames.FindEnding(name, ending));

    private static string[] ReadMetaNames()
    {
        using var micro = TorchCheckpointReader.Open(Fixture.Path("micro/micro.pt"));
        return [.. micro.Tensors.Keys.Select(name => name["model.".Length..])
            .Where(name => ModelTensorNames.IsOfImageModel(name, isMeta: true))];
    }
}
