using System.Text;
using MaskGen.ML.Cli.Prompts;

namespace MaskGen.ML.Tests.Cli;

/// <summary>Files of boxes and points: every form that is read, and what is said of any other.</summary>
public sealed class PromptFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("image,x0,y0,x1,y1,label,score\na.png,1,2.5,3,4,cat,0.75\n")]
    [InlineData("Score,LABEL,Y1,X1,Y0,X0,Image\r\n0.75,cat,4,3,2.5,1,a.png")]
    [InlineData("\ufefffilename;xmin;ymin;xmax;ymax;class;confidence\na.png;1;2.5;3;4;cat;0.75\n")]
    [InlineData("image\tx\ty\twidth\theight\tlabel\tscore\na.png\t1\t2.5\t2\t1.5\tcat\t0.75\n")]
    [InlineData("image,width,height,class,xmin,ymin,xmax,ymax,score\na.png,640,480,cat,1,2.5,3,4,.75\n\n")]
    [InlineData("\"image\", x0, y0, x1, y1,\"label\", score\n\"a.png\", 1, 2.5, 3, 4,\"cat\", 7.5e-1\n")]
    [InlineData("""[{"image":"a.png","x0":1,"y0":2.5,"x1":3,"y1":4,"label":"cat","score":0.75}]""")]
    [InlineData("""  [{"Image":"a.png","x":1,"y":"2.5","w":2,"h":1.5,"category":"cat","confidence":0.75,"other":[1]}]""")]
    [InlineData("""[{"image_id":"a.png","category_name":"cat","category_id":3,"bbox":[1,2.5,2,1.5],"score":0.75}]""")]
    [InlineData("""
        {"images":[{"id":7,"file_name":"a.png"}],"categories":[{"id":3,"name":"cat"}],
         "annotations":[{"id":1,"image_id":7,"category_id":3,"bbox":[1,2.5,2,1.5],"score":0.75}]}
        """)]
    public void ReadBoxes_EveryForm_IsTheSameBox(string text)
    {
        var file = PromptFile.ReadBoxes(Write(text));

        Assert.True(file.NamesImages);
        var row = Assert.Single(file.Rows);
        Assert.Equal(new BoxXyxy(1, 2.5f, 3, 4), row.Box);
        Assert.Equal(("a.png", "cat", 0.75), (row.Image, row.Label, row.Score!.Value));
    }

    [Fact]
    public void ReadBoxes_QuotedTexts_AreWhatTheyAre()
    {
        var file = PromptFile.ReadBoxes(Write("image,x0,y0,x1,y1,label\n\"a, \"\"b\"\"\nc.png\",1,2,3,4,\u732b\nb.png,1,2,3,4,\n"));

        Assert.Equal(["a, \"b\"\nc.png", "b.png"], file.Rows.Select(row => row.Image));
        Assert.Equal(["\u732b", null], file.Rows.Select(row => row.Label));
        Assert.EndsWith(", row 3", file.Rows[1].Where, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadBoxes_NoImages_SaysSo()
    {
        Assert.False(PromptFile.ReadBoxes(Write("x0,y0,x1,y1\n1,2,3,4\n")).NamesImages);
        Assert.False(PromptFile.ReadBoxes(Write("""[{"x0":1,"y0":2,"x1":3,"y1":4}]""")).NamesImages);
        Assert.False(PromptFile.ReadBoxes(Write("""[{"bbox":[1,2,3,4]}]""")).NamesImages);
        Assert.Empty(PromptFile.ReadBoxes(Write("[]")).Rows);
    }

    [Fact]
    public void ReadBoxes_ColumnsOfNoUse_AreNamed() => Assert.EndsWith(
        "not used of its columns: 'lable', 'id'.",
        Assert.Single(PromptFile.ReadBoxes(Write("lable,x0,y0,x1,y1,id\nq,1,2,3,4,5\n")).Remarks),
        StringComparison.Ordinal);

    [Fact]
    public void ReadBoxes_CrowdsOfCoco_AreLeftOutAndCounted()
    {
        var file = PromptFile.ReadBoxes(Write(
            """
            {"images":[{"id":1,"file_name":"a.png"}],"annotations":[
            {"image_id":1,"iscrowd":1,"bbox":[1,2,3,4]},{"image_id":1,"iscrowd":0,"bbox":[1,2,3,4]}]}
            """));

        Assert.EndsWith(", annotation 2", Assert.Single(file.Rows).Where, StringComparison.Ordinal);
        Assert.Contains("1 box of crowds left out", Assert.Single(file.Remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "row 1: expected the names of the columns (x0, y0, x1, y1 or x, y, width, height", "found nothing.")]
    [InlineData("1,2,3,4\n", "row 1: expected the names of the columns", "found '1,2,3,4'.")]
    [InlineData("x0,y0,x1\n1,2,3", "row 1: expected the names", "found 'x0,y0,x1'.")]
    [InlineData("x0,y0,x1,y1,xmin\n1,2,3,4,5", "row 1: expected one column for x0, found 'x0' and 'xmin'.")]
    [InlineData("x0,y0,x1,y1\n1,2,3,4\n1,2,3,abc", "row 3, column y1: expected a number, with a point for decimals, found 'abc'.")]
    [InlineData("x0,y0,x1,ymax\n1,2,3,1e99", "row 2, column ymax: expected a number", "found '1e99'.")]
    [InlineData("x0,y0,x1,y1\n1,2,,4", "row 2, column x1: expected a number, found nothing.")]
    [InlineData("x0,y0,x1,y1\n1,2,3", "row 2: expected 4 values, one per column, found 3.")]
    [InlineData("x0;y0;x1;y1\n1,5;2;3;4", "row 2, column x0: expected a number, with a point for decimals, found '1,5'.")]
    [InlineData("x0,y0,x1,y1\n9,2,3,4", "row 2: expected x0 below x1 and y0 below y1, found 9,2,3,4.")]
    [InlineData("x,y,width,height\n9,2,0,4", "row 2: expected a width and a height above 0, found 0 and 4.")]
    [InlineData("x0,y0,x1,y1,score\n1,2,3,4,high", "row 2, column score: expected a number", "found 'high'.")]
    [InlineData("x0,y0,x1,y1,label\n1,2,3,4,\"cat", "row 2: expected CSV or JSON, found something else")]
    [InlineData("[1]", "[0]: expected an object, found 1.")]
    [InlineData("[", "expected JSON, found something else at line 1")]
    [InlineData("""{"a":1}""", "expected an array of boxes, COCO's detections or a COCO data set, found an object.")]
    [InlineData("""[{"x0":1}]""", "[0]: expected an object with x0, y0, x1, y1 or x, y, width, height", "found x0 only.")]
    [InlineData("""[{"x0":1,"y0":2,"x1":3,"y1":"q"}]""", "item 1, column y1: expected a number", "found 'q'.")]
    [InlineData("""[{"x0":1,"xmin":2}]""", "[0].xmin: expected one value for x0, found two.")]
    [InlineData("""[{"x0":[1]}]""", "[0].x0: expected a text or a number, found an array.")]
    [InlineData("""[{"bbox":[1,2,3]}]""", "[0].bbox: expected 4 items, found 3.")]
    [InlineData("""[{"bbox":[1,2,3,4]},{"bbox":[1,2,-3,4]}]""", "item 2: expected a width and a height above 0, found -3 and 4.")]
    [InlineData("""{"images":[],"annotations":[{"image_id":5,"bbox":[1,2,3,4]}]}""", "expected the id of an image of the file, found 5.")]
    public void ReadBoxes_AnythingElse_NamesFileRowAndColumn(string text, params string[] expected)
    {
        var path = Write(text);

        var error = Assert.Throws<InvalidDataException>(() => PromptFile.ReadBoxes(path));

        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void ReadBoxes_BytesThatAreNoUtf8_SaysSo()
    {
        var path = _folder.Write("a.csv", [.. "x0,y0,x1,y1,label\n1,2,3,4,"u8, 0xe9]);

        var error = Assert.Throws<InvalidDataException>(() => PromptFile.ReadBoxes(path));
        Assert.Contains("expected text in UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x,y,positive,label\n1,2,1,cat\n3,4,false,cat\n", "cat")]
    [InlineData("x,y,label\n1,2,1\n3,4,0\n", null)]
    [InlineData("""[{"x":1,"y":2,"label":1},{"x":3,"y":4,"label":0}]""", null)]
    [InlineData("""[{"x":1,"y":2,"positive":true,"label":"cat"},{"x":3,"y":4,"positive":false,"label":"cat"}]""", "cat")]
    public void ReadPoints_OnAndOffTheObject_AreTold(string text, string? label)
    {
        var rows = PromptFile.ReadPoints(Write(text)).Rows;

        Assert.Equal([new PointPrompt(1, 2), new PointPrompt(3, 4, PointLabel.Background)], rows.Select(row => row.Point!.Value));
        Assert.All(rows, row => Assert.Equal(label, row.Label));
    }

    [Fact]
    public void ReadPoints_LabelsThatAreNames_AreLabelsOfPointsOnTheObject()
    {
        var rows = PromptFile.ReadPoints(Write("x,y,label\n1,2,1\n3,4,cat\n")).Rows;

        Assert.Equal(["1", "cat"], rows.Select(row => row.Label));
        Assert.All(rows, row => Assert.Equal(PointLabel.Foreground, row.Point!.Value.Label));
    }

    [Fact]
    public void ReadPoints_AnythingElse_NamesRowAndColumn()
    {
        var error = Assert.Throws<InvalidDataException>(() => PromptFile.ReadPoints(Write("x,y,positive\n1,2,maybe\n")));

        Assert.EndsWith(
            "row 2, column positive: expected 1 (on the object) or 0 (off it), found 'maybe'.", error.Message, StringComparison.Ordinal);
    }

    private string Write(string text) => _folder.Write("prompts.txt", Encoding.UTF8.GetBytes(text));
}
