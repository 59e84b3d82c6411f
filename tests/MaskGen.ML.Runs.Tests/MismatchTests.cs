using System.Text.Json.Nodes;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A worker that does not fit a run refuses it before it touches anything.</summary>
public sealed class MismatchTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("weights")]
    [InlineData("options")]
    [InlineData("label")]
    [InlineData("version")]
    [InlineData("schema")]
    [InlineData("shards")]
    [InlineData("images")]
    [InlineData("line")]
    [InlineData("size")]
    public async Task Work_OfARunThatDoesNotFit_ExitsBeforeAnyWork(string what)
    {
        await _run.With(4).CreateAsync(2);
        switch (what)
        {
            case "weights":
                var bytes = await File.ReadAllBytesAsync(_run["run/pipeline.zip"], TestContext.Current.CancellationToken);
                bytes[bytes.Length / 2] ^= 1;
                await File.WriteAllBytesAsync(_run["run/pipeline.zip"], bytes, TestContext.Current.CancellationToken);
                break;
            case "options":
                Change(json => json["settings"]!["maskColumn"] = "Other");
                break;
            case "label":
                Change(json => json["settings"]!["label"] = "cat");
                break;
            case "version":
                Change(json => json["library"] = "0.1.0");
                break;
            case "schema":
                Change(json => json["schema"] = 2);
                break;
            case "shards":
                await File.AppendAllTextAsync(_run["run/shards.idx"], "12345678", TestContext.Current.CancellationToken);
                break;
            case "size":
                Change(json => json["shardImages"] = 3);
                break;
            case "line":
                // As long as before, and still a list of images.
                var list = await File.ReadAllTextAsync(_run["run/images.jsonl"], TestContext.Current.CancellationToken);
                var changed = list.Replace("\"key\":\"0001.png\"", "\"key\":\"0009.png\"", StringComparison.Ordinal);
                Assert.NotEqual(list, changed);
                await File.WriteAllTextAsync(_run["run/images.jsonl"], changed, TestContext.Current.CancellationToken);
                break;
            default:
                Change(json => json["imagesSha256"] = new string('0', 64));
                break;
        }

        var (exitCode, _, error) = await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"]);

        Assert.Equal(78, exitCode);
        Assert.Contains("expected", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_run["run/_attempts"], "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFileSystemEntries(_run["run/masks"]));
    }

    [Fact]
    public async Task Status_WithAPartOfAnotherRun_SaysSo()
    {
        await _run.With(2).CreateAsync(2);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"])).ExitCode);
        Assert.Equal(
            0, (await TestRun.CommandAsync(["create", _run.Images, "--run", _run["other"], .. TestRun.Quick, "--label", "x"])).ExitCode);
        File.Copy(_run["run/masks/part-00000.parquet"], _run["other/masks/part-00000.parquet"]);

        var (exitCode, _, error) = await TestRun.CommandAsync(["status", _run["other"]]);

        Assert.Equal(78, exitCode);
        Assert.Contains("found shard 0 of run", error, StringComparison.Ordinal);
        await _run.AssertCompleteAsync();
    }

    private void Change(Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(_run["run/run.json"]))!;
        change(json);
        File.WriteAllText(_run["run/run.json"], json.ToJsonString());
    }
}
