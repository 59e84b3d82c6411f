using System.Text.Json;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Tests.Cli;

/// <summary>What goes to standard output, for people and for scripts.</summary>
public class ResultReportTests
{
    private static readonly string Image = Fixture.Path("images/breakfast.png");

    [Fact]
    public async Task Json_ImagesAndOneThatFails_IsAnObjectALine()
    {
        using var folder = new TestFolder();
        var bad = Path.Combine(folder.Path, "bad\u001b[31m.png");
        File.WriteAllText(bad, "not an image");

        var run = await CommandRun.EverythingAsync(
            Image, bad, "--json", "--format", "json,coco", "--out", Path.Combine(folder.Path, "out"));

        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(3, lines.Count);
        Assert.Equal(Image, lines[0].GetProperty("image").GetString());
        var mask = lines[0].GetProperty("masks")[0];
        Assert.True(mask.GetProperty("area").GetInt32() > 0);
        Assert.Equal(4, mask.GetProperty("box").GetArrayLength());
        Assert.True(File.Exists(lines[0].GetProperty("files")[0].GetString()));
        Assert.Equal(bad, lines[1].GetProperty("image").GetString());
        Assert.NotEmpty(lines[1].GetProperty("error").GetString()!);
        Assert.EndsWith("annotations.coco.json", lines[2].GetProperty("files")[0].GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Fact]
    public void Done_MasksWithLabels_AreInTheTableAndInTheObjects()
    {
        var mask = MaskRecord.From(RunLengthEncoding.FromCounts(new ImageSize(2, 1), [0, 2]));
        var masks = new MaskSet(
            new ImageSize(2, 1), [mask with { Label = "[r]\u001bcat", PromptScore = 0.5 }, mask with { Label = "dog" }]);
        using var output = new StringWriter();
        var terminal = new Terminal(output, TextWriter.Null);

        new TableReport(terminal).Done("a.png", masks, []);
        new JsonReport(terminal).Done("a.png", masks, []);

        var text = output.ToString();
        Assert.Matches(@"1 +\[r\]\\x1bcat +0\.500 +2 ", text);
        Assert.Matches(@"2 +dog +2 ", text);
        var json = JsonDocument.Parse(text.Split('\n').Single(line => line.StartsWith('{'))).RootElement.GetProperty("masks");
        Assert.Equal(("[r]\u001bcat", 0.5), (json[0].GetProperty("label").GetString(), json[0].GetProperty("prompt_score").GetDouble()));
        Assert.False(json[1].TryGetProperty("prompt_score", out _));
    }

    [Fact]
    public async Task Report_FilesPerMask_AreAmongTheFiles()
    {
        using var folder = new TestFolder();
        string[] more = ["--out", folder.Path, "--format", "png,cutout", "--box-nms-thresh", "1", "--max-masks", "5"];

        string[] all = ["everything", Image, "--model", Fixture.Path("micro"), "--points-per-side", "2", "--pred-iou-thresh", "0", .. more];

        var json = await CommandRun.RunAsync([.. all, "--json", "--stability-score-thresh", "0"]);
        var table = await CommandRun.RunAsync([.. all, "--stability-score-thresh", "0"]);

        var files = JsonDocument.Parse(json.Output.Split('\n')[0]).RootElement.GetProperty("files").EnumerateArray()
            .Select(file => file.GetString()!).ToList();
        Assert.Equal(Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
        Assert.Contains(
            $"-> {folder["breakfast.mask-0001.png"]} ... breakfast.mask-0005.png (5 files)", table.Output, StringComparison.Ordinal);
        Assert.Contains($"-> {folder["breakfast.labels.png"]}", table.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-> a-1.png", "a-1.png")]
    [InlineData("-> a-1.png|-> a-2.png|-> a-3.png", "a-1.png", "a-2.png", "a-3.png")]
    [InlineData("-> a-1.png ... a-4.png (4 files)|-> b.png", "a-1.png", "a-2.png", "a-3.png", "a-4.png", "b.png")]
    [InlineData("-> a1.png|-> a2.png|-> a3.png|-> a4.png", "a1.png", "a2.png", "a3.png", "a4.png")]
    public void Completed_NumberedFiles_AreToldByTheFirstAndTheLast(string expected, params string[] files)
    {
        using var output = new StringWriter();

        new TableReport(new Terminal(output, TextWriter.Null)).Completed(files);

        Assert.Equal(expected.Split('|'), output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Quiet_AllIsWell_SaysNothing()
    {
        using var folder = new TestFolder();

        var run = await CommandRun.EverythingAsync(Image, "--quiet", "--out", folder.Path);

        Assert.Equal((0, string.Empty, string.Empty), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Quiet_AnImageFails_StillSaysSo()
    {
        using var folder = new TestFolder();

        var run = await CommandRun.EverythingAsync(Image, "gone.png", "-q", "--out", folder.Path);

        Assert.Equal("maskgen: gone.png: file not found.", run.Error.Trim());
    }

    [Fact]
    public async Task Table_Boxes_AreWhatTheBoxOptionTakes()
    {
        using var folder = new TestFolder();
        var first = await CommandRun.EverythingAsync(Image, "--json", "--out", folder.Path);
        var box = JsonDocument.Parse(first.Output.Split('\n')[0]).RootElement.GetProperty("masks")[0].GetProperty("box");
        var corners = string.Join(',', box.EnumerateArray().Select(corner => corner.GetRawText()));

        var table = await CommandRun.EverythingAsync(Image, "--out", folder.Path);
        var prompted = await CommandRun.RunAsync(
            ["prompt", Image, "--box", corners, "--model", Fixture.Path("micro"), "--out", folder.Path]);

        Assert.Contains(corners, table.Output, StringComparison.Ordinal);
        Assert.Equal(0, prompted.ExitCode);
    }

    [Fact]
    public async Task Prompt_CandidatesOfOneClick_ComeBestFirst()
    {
        using var folder = new TestFolder();

        var run = await CommandRun.RunAsync(
            ["prompt", Image, "-p", "100,120", "--json", "-o", folder.Path, "-m", "nano"]);

        var masks = JsonDocument.Parse(run.Output.Split('\n')[0]).RootElement.GetProperty("masks").EnumerateArray();
        var ious = masks.Select(mask => mask.GetProperty("predicted_iou").GetSingle()).ToList();
        Assert.Equal(3, ious.Count);
        Assert.Equal(ious.OrderDescending(), ious);
    }
}
