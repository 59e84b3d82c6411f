using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Prompts;

namespace MaskGen.ML.Tests.Cli;

/// <summary>Which rows of a file belong to which image and to which object.</summary>
public class ImagePromptsTests
{
    private static readonly ImageSize Size = new(100, 80);
    private static readonly InputFile[] Tree =
    [
        new("photos/x/a.jpg", "x/a.jpg"), new("photos/y/a.jpg", "y/a.jpg"), new("photos/000000000139.jpg", "000000000139.jpg"),
        new("photos/y/b.png", "y/b.png"),
    ];

    private readonly List<string> _said = [];

    [Theory]
    [InlineData("photos/x/a.jpg", 0)]
    [InlineData("x/a.jpg", 0)]
    [InlineData("y\\a.jpg", 1)]
    [InlineData("139", 2)]
    [InlineData("000000000139", 2)]
    [InlineData("000000000139.jpg", 2)]
    [InlineData("b.png", 3)]
    [InlineData("b", 3)]
    [InlineData("z/b.png", null)]
    [InlineData("/elsewhere/photos/y/b.png", null)]
    [InlineData("c.png", null)]
    public void Of_NameOfAnImage_IsFoundAndNoOther(string name, int? expected)
    {
        var prompts = Prompts(Tree, Box(name));

        Assert.Equal(expected is null ? [] : [Tree[expected.Value]], Tree.Where(prompts.Has));
        Assert.Equal(expected is null ? 1 : 0, _said.Count);
    }

    [Fact]
    public void Of_AbsolutePath_IsFound() => Assert.True(Prompts(Tree, Box(Path.GetFullPath("photos/y/b.png"))).Has(Tree[3]));

    [Fact]
    public void Of_NameThatFitsSeveral_NamesThem()
    {
        var error = Assert.Throws<InvalidDataException>(() => Prompts(Tree, Box("a.jpg")));

        Assert.Contains(
            "row 1: expected an image that can be told from others, found 'a.jpg', which fits photos/x/a.jpg and photos/y/a.jpg",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_RowsOfOtherImages_AreCountedAndNamed()
    {
        Prompts(Tree, Box("p.jpg"), Box("q.jpg"), Box("p.jpg"), Box("x/a.jpg"));

        Assert.Equal(
            "boxes.csv: 3 rows of 2 images that are not among those given, left out (p.jpg, q.jpg).", Assert.Single(_said));
    }

    [Fact]
    public void Of_RowsWithoutImages_AreOfTheOneThatIsGiven()
    {
        Assert.True(Prompts([Tree[0]], Box(null)).Has(Tree[0]));

        var error = Assert.Throws<InvalidDataException>(() => Prompts(Tree, Box(null)));
        Assert.StartsWith("boxes.csv: expected a column 'image' that says which of the 4 images", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void For_EachBox_IsAnObjectWithLabelAndScore()
    {
        var prompts = Prompts([Tree[0]], Box(null) with { Label = "cat", Score = 0.5 }, Box(null));

        var found = prompts.For(Tree[0], Size, label: null);
        Assert.Equal([("cat", 0.5), (null, null)], found.Select(prompt => (prompt.Label, prompt.Score)));
        Assert.Equal(["dog", "dog"], prompts.For(Tree[0], Size, "dog").Select(prompt => prompt.Label));
    }

    [Fact]
    public void For_RowsOfOneObject_AreOnePrompt()
    {
        var prompts = Prompts(
            [Tree[0]],
            Point(5, 6) with { Object = "1" },
            Point(50, 60) with { Label = "cat" },
            Point(7, 8, PointLabel.Background) with { Object = "1", Label = "dog" },
            Box(null) with { Object = "1", Score = 0.5 });

        Assert.Equal(
            [
                new Sam2Prompt
                {
                    Points = [new(5, 6), new(7, 8, PointLabel.Background)], Box = new BoxXyxy(10, 10, 20, 20), Label = "dog", Score = 0.5,
                },
                Sam2Prompt.FromPoint(50, 60) with { Label = "cat" },
            ],
            prompts.For(Tree[0], Size, label: null));
    }

    [Fact]
    public void Of_RowsOfOneObjectThatContradict_NameBoth()
    {
        string Error(params PromptRow[] rows) => Assert.Throws<InvalidDataException>(() => Prompts([Tree[0]], rows)).Message;

        Assert.Contains(
            "row 2: expected one box for the object '1', found another in boxes.csv, row 1.",
            Error(Box(null) with { Object = "1" }, Box(null) with { Object = "1" }),
            StringComparison.Ordinal);
        Assert.Contains(
            "row 2: expected 'cat' as the label of the object '1', as in boxes.csv, row 1, found 'dog'.",
            Error(Point(1, 2) with { Object = "1", Label = "cat" }, Point(1, 2) with { Object = "1", Label = "dog" }),
            StringComparison.Ordinal);
        Assert.Contains(
            "row 2: expected a point on the object or a box beside the point off it",
            Error(Point(1, 2), Point(1, 2, PointLabel.Background)),
            StringComparison.Ordinal);
        Assert.Contains(
            "expected at most 1024 points for the object '1', found 1025.",
            Error([.. Enumerable.Repeat(Point(1, 2) with { Object = "1" }, 1025)]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void For_RowsOffTheImageOrInFractions_NamesTheRow()
    {
        string Error(params PromptRow[] rows) =>
            Assert.Throws<InvalidDataException>(() => Prompts([Tree[0]], rows).For(Tree[0], Size, label: null)).Message;

        Assert.Equal(
            "boxes.csv, row 2: 100,5,110,9: outside the image (100 x 80)",
            Error(Box(null), Box(null) with { Box = new(100, 5, 110, 9) }));
        Assert.Equal("boxes.csv, row 1: 5,81: outside the image (100 x 80)", Error(Point(5, 81)));
        Assert.StartsWith(
            "boxes.csv, row 1: expected pixels", Error(Box(null) with { Box = new(0, 0, 0.5f, 1) }), StringComparison.Ordinal);
        Assert.StartsWith("boxes.csv, row 1: expected pixels", Error(Point(0.5f, 0.5f)), StringComparison.Ordinal);
        Assert.Single(Prompts([Tree[0]], Point(1, 1)).For(Tree[0], Size, label: null));
    }

    private static PromptRow Box(string? image) =>
        new(string.Empty, image, Object: null, new BoxXyxy(10, 10, 20, 20), Point: null, Label: null, Score: null);

    private static PromptRow Point(float x, float y, PointLabel label = PointLabel.Foreground) =>
        new(string.Empty, Image: null, Object: null, Box: null, new PointPrompt(x, y, label), Label: null, Score: null);

    private ImagePrompts Prompts(InputFile[] images, params PromptRow[] rows)
    {
        PromptRow[] numbered = [.. rows.Select((row, index) => row with { Where = $"boxes.csv, row {index + 1}" })];
        var file = new PromptFile("boxes.csv", rows.Any(row => row.Image is not null), numbered, []);
        return ImagePrompts.Of([file], images, _said.Add);
    }
}
