using System.Text.Json;
using DuckDB.NET.Data;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Runs.Tool;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Images, a run over them in a folder, and a check of what came of it by DuckDB, which shares no code with what writes
/// it.</summary>
internal sealed class TestRun : IDisposable
{
    private static readonly string[] Pictures = ["scene.png", "scene-alpha.png", "scene-gray.png", "scene-palette.png", "narrow.png"];
    private readonly TestFolder _folder = new();

    /// <summary>Options that make the smallest model quick.</summary>
    public static string[] Quick { get; } =
        ["--model", Fixture.Path("micro"), "--pred-iou-thresh", "0.45", "--stability-score-thresh", "0.3", "--points-per-side", "2"];

    /// <summary>Options with which much more is found.</summary>
    public static string[] Many { get; } =
        ["--points-per-side", "6", "--pred-iou-thresh", "0.2", "--stability-score-thresh", "0.1", "--box-nms-thresh", "1"];

    /// <summary>The images.</summary>
    public string Images => _folder["in"];

    /// <summary>The run.</summary>
    public string Path => _folder["run"];

    public string this[string relative] => _folder[relative];

    /// <summary>Copies images under names of their own.</summary>
    public TestRun With(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _folder.Write($"in/{i:0000}.png", File.ReadAllBytes(Fixture.Path($"images/{Pictures[i % Pictures.Length]}")));
        }

        return this;
    }

    /// <summary>Writes a file that is no image.</summary>
    public TestRun WithFile(string name, byte[] content)
    {
        _folder.Write($"in/{name}", content);
        return this;
    }

    /// <summary>Writes a shell script.</summary>
    public string Script(string name, string lines)
    {
        var path = _folder.Write(name, System.Text.Encoding.UTF8.GetBytes($"#!/bin/sh\n{lines}"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    /// <summary>Creates the run.</summary>
    public async Task<TestRun> CreateAsync(int shardImages, params string[] options)
    {
        var (exitCode, _, error) = await CommandAsync(
            ["create", Images, "--run", Path, "--shard-images", $"{shardImages}", .. QuickWith(options)]);
        Assert.True(exitCode == 0, error);
        return this;
    }

    /// <summary>Leaves the notes of attempts at the first shard that died.</summary>
    /// <param name="count">How many.</param>
    /// <param name="image">The image that they died at; null where that was not noted.</param>
    public void WithDeadAttempts(int count, string? image = null)
    {
        for (var i = 0; i < count; i++)
        {
            var note = new { worker = $"w{i}", mark = $".mg-00000001-1-1-{i}.tmp", started = "2026-01-01T00:00:00+00:00", image };
            _folder.Write($"run/_attempts/00000/{i}.json", JsonSerializer.SerializeToUtf8Bytes(note));
        }
    }

    /// <summary>The quick options, and others in place of them and besides.</summary>
    public static string[] QuickWith(params string[] options) =>
        [.. Quick.Chunk(2).Where(option => !options.Contains(option[0])).SelectMany(option => option), .. options];

    /// <summary>Runs a command in this process.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> CommandAsync(
        string[] arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new UserEnvironment
        {
            Variable = name => variables?.GetValueOrDefault(name),
            SettingsPath = null,
            Input = TextReader.Null,
            HasKeyboard = false,
            CanReach = _ => false,
        };
        var exitCode = await RunCommandLine.RunAsync(arguments, output, error, environment, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Checks that every image of the plan is in exactly one Parquet file, no mask twice, and that the run can be
    /// finished.</summary>
    /// <param name="failed">How many images have an error; null for any number.</param>
    /// <param name="run">The run; null for this one.</param>
    public async Task AssertCompleteAsync(int? failed = 0, string? run = null)
    {
        run ??= Path;
        var (exitCode, output, error) = await CommandAsync(["finish", run]);
        Assert.True(exitCode is 0 or 1 && (failed is null || exitCode == (failed == 0 ? 0 : 1)), output + error);
        var found = AssertPartition(run);
        if (failed is not null)
        {
            Assert.Equal(failed.Value, found.Failed);
        }

        Assert.Empty(Directory.GetFileSystemEntries(System.IO.Path.Combine(run, "_tmp")));
        using var opened = await MaskRun.OpenAsync(MaskRunStore.Open(run), null, TestContext.Current.CancellationToken);
        var status = await opened.GetStatusAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            (found.Images, found.Images, found.Failed, found.Masks, found.Rows),
            (status.ImageCount, status.DoneImageCount, status.FailedImageCount, status.MaskCount, status.RowCount));
    }

    /// <summary>Checks that what is in a folder of Parquet files is what <c>images.jsonl</c> beside it plans.</summary>
    public static (long Images, long Failed, long Masks, long Rows) AssertPartition(string run)
    {
        var parts = $"read_parquet('{run}/masks/*.parquet', filename = true)";
        var plan = $"(select key from read_json('{run}/images.jsonl', format = 'newline_delimited', columns = {{key: 'VARCHAR'}}))";
        Assert.Empty(Query($"select image from {parts} group by image having count(distinct filename) > 1"));
        Assert.Empty(Query($"select image, mask from {parts} group by image, mask having count(*) > 1"));
        Assert.Empty(Query($"select key from {plan} where key not in (select image from {parts})"));
        Assert.Empty(Query($"select image from {parts} where image not in (select key from {plan})"));
        var counts = Query(
            $"select count(distinct image), count(distinct case when error is not null then image end), count(mask), count(*) from {parts}")
            .Single();
        return ((long)counts[0]!, (long)counts[1]!, (long)counts[2]!, (long)counts[3]!);
    }

    /// <summary>Asks DuckDB.</summary>
    public static List<object?[]> Query(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        }

        return rows;
    }

    public void Dispose() => _folder.Dispose();
}
