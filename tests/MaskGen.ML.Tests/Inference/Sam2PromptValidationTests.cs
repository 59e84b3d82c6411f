using FsCheck.Xunit;
using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference;

public class Sam2PromptValidationTests
{
    private static readonly Sam2ModelConfig Config = TestModel.Config("micro");
    private static readonly ImageSize Scene = new(320, 240);

    public static TheoryData<string, Sam2Prompt> Refused { get; } = new()
    {
        { "point 0: expected a point on the image of 320x240 pixels (x from 0 to 320, y from 0 to 240), found (5000, 5000)",
            Point(5000, 5000) },
        { "found (-5, -5)", Point(-5, -5) },
        { "found (320.5, 10)", Point(320.5f, 10) },
        { "found (10, 240.01)", Point(10, 240.01f) },
        { "found (-0.001, 10)", Point(-0.001f, 10) },
        { "point 1: expected a point on the image", new() { Points = [new(5, 5), new(5, 241, PointLabel.Background)] } },
        { "finite point, found (3, NaN)", Point(3, float.NaN) },
        { "finite point, found (Infinity, 3)", Point(float.PositiveInfinity, 3) },
        { "found (3E+38, 3)", Point(3e38f, 3) },
        { "point 1: expected the label", new() { Points = [new(5, 5), new(6, 6, (PointLabel)2)] } },
        { "expected the label", new() { Points = [new(5, 5, (PointLabel)77)] } },
        { "list of points, found null", new() { Points = null! } },
        { "at most 1024 points, found 1025", new() { Points = [.. Enumerable.Repeat(new PointPrompt(5, 5), 1025)] } },
        { "these are swapped: found (700, 875) to (425, 600)", Box(700, 875, 425, 600) },
        { "swapped", Box(10, 50, 20, 40) },
        { "a box with area", Box(10, 10, 10, 20) },
        { "a box with area", Box(10, 10, 20, 10) },
        { "a box with area", Box(10, 10, 10, 10) },
        { "overlaps the image of 320x240 pixels, found (320, 0) to (330, 10)", Box(320, 0, 330, 10) },
        { "overlaps the image", Box(0, 240, 10, 250) },
        { "overlaps the image", Box(-20, 10, 0, 20) },
        { "overlaps the image", Box(10, -20, 20, -1) },
        { "finite box", Box(float.NaN, 0, 5, 5) },
        { "finite box", Box(0, 0, float.PositiveInfinity, 5) },
        { "finite box", Box(0, float.NegativeInfinity, 5, 5) },
        { "at most 1000000 pixels beyond", Box(0, 0, 3e38f, 5) },
        { "at most 1000000 pixels beyond", Box(-2e6f, 0, 10, 10) },
        { "at most 1000000 pixels beyond", Box(0, 0, 10, 1.1e6f) },
        { "1024 mask logits, found 1023", Mask(new float[1023]) },
        { "1024 mask logits, found 1025", Mask(new float[1025]) },
        { "finite mask logits, found NaN at index 35 (row 1, column 3)", Mask(With(35, float.NaN)) },
        { "finite mask logits, found -Infinity at index 1023 (row 31, column 31)", Mask(With(1023, float.NegativeInfinity)) },
    };

    public static TheoryData<Sam2Prompt> Accepted { get; } = new()
    {
        Point(0, 0), Point(320, 240), Point(0, 240), Point(319.5f, 239.5f), Point(1, 1), Point(0.5f, 100),
        Box(-100, -50, 20, 30), Box(300, 200, 500, 900), Box(-1e6f, -1e6f, 1e6f, 1e6f), Box(319, 239, 320, 240), Box(0.2f, 0.2f, 1.1f, 1),
        Mask(With(5, 1e30f)), Mask(new float[1024]), new Sam2Prompt { Points = [new(5, 5)], MaskLogits = Array.Empty<float>() },
        new Sam2Prompt { Points = [.. Enumerable.Repeat(new PointPrompt(5, 5), 1024)] },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Validate_APromptThatCannotMeanAnything_NamesPromptValueAndLimit(string problem, Sam2Prompt prompt)
    {
        var error = Assert.Throws<ArgumentException>(() => Validate(Scene, Point(5, 5), Point(7, 7), prompt));

        Assert.Contains("Prompt 2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_NullAmongPrompts_NamesIt()
    {
        var error = Assert.Throws<ArgumentException>(() => Validate(Scene, Point(5, 5), null!));

        Assert.Contains("Prompt 1: expected a prompt, found null", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Accepted), DisableDiscoveryEnumeration = true)]
    public void Validate_AtTheBounds_Accepts(Sam2Prompt prompt)
    {
        Validate(Scene, prompt);
    }

    public static TheoryData<Sam2Prompt[]> Normalized { get; } = new()
    {
        { [Point(0.5f, 0.5f)] },
        { [Point(0.25f, 1), Point(0, 0)] },
        { [Box(0.1f, 0.2f, 0.9f, 1)] },
        { [Box(0, 0, 1, 1)] },
        { [new Sam2Prompt { Points = [new(0.3f, 0.3f)], Box = new BoxXyxy(0, 0, 0.5f, 0.5f), MaskLogits = new float[1024] }] },
        { [Mask(new float[1024]), Point(0.75f, 0.75f)] },
    };

    [Theory]
    [MemberData(nameof(Normalized), DisableDiscoveryEnumeration = true)]
    public void Validate_AllCoordinatesFrom0To1_SaysThatPixelsAreWanted(Sam2Prompt[] prompts)
    {
        var error = Assert.Throws<ArgumentException>(() => Validate(Scene, prompts));

        Assert.Contains("in pixels of the image (320x240)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_CoordinatesFrom0To1ThatMayBePixels_Accepts()
    {
        Validate(new ImageSize(1, 1), Point(0.5f, 0.5f));
        Validate(Scene, Point(0.5f, 0.5f), Point(40, 3));
        Validate(Scene, Mask(new float[1024]));
        Validate(Scene, Point(0, 0));
        Validate(Scene, Point(1, 0), Point(0, 1));
    }

    [Property]
    public void Validate_AnyPoint_AcceptsExactlyWhatIsOnTheImage(float x, float y, ushort width, ushort height)
    {
        var size = new ImageSize(width + 2, height + 2);
        var points = new[] { (x, y), (x % size.Width, y % size.Height), (size.Width, y), (x, size.Height), (size.Width, size.Height) };
        foreach (var (px, py) in points)
        {
            // Beside a point that shows that pixels are meant.
            var isOn = px >= 0 && px <= size.Width && py >= 0 && py <= size.Height;
            Assert.Equal(isOn, IsAccepted(size, Point(px, py), Point(2, 2)));
        }
    }

    [Property]
    public void Validate_AnyBox_AcceptsWhatHasAreaAndMeetsTheImage(short x0, short y0, short x1, short y1, byte width, byte height)
    {
        var size = new ImageSize(width + 2, height + 2);
        var isRight = x1 > x0 && y1 > y0 && x0 < size.Width && y0 < size.Height && x1 > 0 && y1 > 0;
        Assert.Equal(isRight, IsAccepted(size, Box(x0, y0, x1, y1), Point(2, 2)));
    }

    [Property]
    public void Validate_AnyAcceptedBox_IsFiniteInTheModelsFrame(float x0, float y0, float x1, float y1)
    {
        var prompt = Box(x0, y0, x1, y1);
        if (IsAccepted(new ImageSize(1, 3), prompt, Point(1, 2)))
        {
            var (batch, _) = Assert.Single(PromptBatcher.Group([prompt], new ImageSize(1, 3), 4096, 8));
            Assert.All(batch.Coordinates.ToArray(), value => Assert.True(float.IsFinite(value)));
        }
    }

    [Fact]
    public void Validate_ImageOfAnotherModelOfTheSameShape_NamesBoth()
    {
        var error = Assert.Throws<ArgumentException>(
            () => Sam2PromptValidation.Validate(Image(Scene, "0123"), [], Config, "4567", "facebook/sam2.1-hiera-tiny"));

        Assert.Contains("this model (facebook/sam2.1-hiera-tiny, fingerprint 4567)", error.Message, StringComparison.Ordinal);
        Assert.Contains("another model (fingerprint 0123)", error.Message, StringComparison.Ordinal);
        Assert.Equal("image", error.ParamName);
    }

    [Theory]
    [InlineData("0123", "0123")]
    [InlineData(null, "0123")]
    [InlineData("0123", null)]
    public void Validate_ImageOfTheSameModelOrOfOneNotKnown_Accepts(string? encodedBy, string? fingerprint) =>
        Sam2PromptValidation.Validate(Image(Scene, encodedBy), [], Config, fingerprint);

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(-3, 5)]
    public void Validate_ImageWithoutPixels_SaysSo(int width, int height)
    {
        var error = Assert.Throws<ArgumentException>(() => Validate(new ImageSize(width, height), Point(0, 0)));

        Assert.Contains("at least 1x1 pixels", error.Message, StringComparison.Ordinal);
    }

    private static bool IsAccepted(ImageSize size, params Sam2Prompt[] prompts)
    {
        try
        {
            Validate(size, prompts);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Validate(ImageSize size, params Sam2Prompt[] prompts) =>
        Sam2PromptValidation.Validate(Image(size, null), prompts, Config, null);

    private static EncodedImage Image(ImageSize size, string? fingerprint) =>
        new(
            size, Config.ImageSize, new float[Config.HiddenSize * (Config.ImageSize / 16) * (Config.ImageSize / 16)], default, default,
            fingerprint);

    private static Sam2Prompt Point(float x, float y) => Sam2Prompt.FromPoint(x, y);

    private static Sam2Prompt Box(float x0, float y0, float x1, float y1) => Sam2Prompt.FromBox(new BoxXyxy(x0, y0, x1, y1));

    private static Sam2Prompt Mask(float[] logits) => new() { MaskLogits = logits };

    private static float[] With(int index, float value)
    {
        var logits = new float[1024];
        logits[index] = value;
        return logits;
    }
}
