using System.CommandLine;
using System.Globalization;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Runs.Tool;

/// <summary><c>maskgen run status</c>: says how far a run is.</summary>
internal static class StatusCommand
{
    private const int ShardsNamed = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public static Command Create(Terminal terminal)
    {
        var run = RunArgument.Existing();
        var watch = new Option<bool>("--watch", "-w")
        {
            Description = "Say it again whenever something has changed, until all shards are done or given up",
        };
        var json = new Option<bool>("--json") { Description = "One JSON object on standard output; with --watch, one a line" };
        var command = new Command("status", "Says how far a run is: by what is in its store, whoever carried it") { run, watch, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var opened = await MaskRun.OpenAsync(MaskRunStore.Open(parsed.GetValue(run)!), null, cancellationToken);
            var write = parsed.GetValue(json) ? Json : parsed.GetValue(watch) ? Line : (Func<MaskRun, MaskRunStatus, string>)Page;
            var before = string.Empty;
            while (true)
            {
                var status = await opened.GetStatusAsync(cancellationToken);
                var text = write(opened, status);
                if (text != before)
                {
                    terminal.WriteLines(before = text);
                }

                var isEnd = status.DoneShardCount + status.GivenUpShards.Count >= status.ShardCount;
                if (!parsed.GetValue(watch) || isEnd || terminal.OutputFailure is not null)
                {
                    return ExitCodes.Done;
                }

                await Task.Delay(Pause, cancellationToken);
            }
        });
        return command;
    }

    private static string Json(MaskRun run, MaskRunStatus status) => StatusJson.Of(run.Store.Address, status.Id, status).ToJsonString();

    /// <summary>Shards by their numbers, of many the first.</summary>
    public static string Name(IReadOnlyList<int> shards) =>
        string.Join(", ", shards.Take(ShardsNamed)) + (shards.Count > ShardsNamed ? $", ... ({shards.Count} in all)" : string.Empty);

    private static string Line(MaskRun run, MaskRunStatus status) =>
        $"{status.DoneShardCount} of {status.ShardCount} shards, {status.DoneImageCount} of {status.ImageCount} images, "
        + $"{status.FailedImageCount} failed, {status.MaskCount} masks"
        + (status.GivenUpShards.Count > 0 ? $", {status.GivenUpShards.Count} shards given up" : string.Empty)
        + (status.IsComplete ? string.Empty : Rate(status));

    private static string Page(MaskRun run, MaskRunStatus status)
    {
        var lines = new List<string>
        {
            $"run      {status.Id[..16]}, {run.Store.Address}",
            $"shards   {status.DoneShardCount} of {status.ShardCount} done"
                + (status.BegunShards.Count > 0 ? $", {status.BegunShards.Count} begun" : string.Empty),
            $"images   {status.DoneImageCount} of {status.ImageCount} done, {status.FailedImageCount} of them failed",
            $"masks    {status.MaskCount} ({status.RowCount} rows)",
        };
        if (!status.IsComplete)
        {
            lines.Add($"rate     {(Rate(status) is { Length: > 2 } rate ? rate[2..] : "not known yet")}");
        }

        if (status.GivenUpShards.Count > 0)
        {
            lines.Add(
                $"given up {Name(status.GivenUpShards)}: {ShardAttempts.Most} attempts died at each; 'work --shard I --again' tries again");
        }

        if (status.IsComplete)
        {
            lines.Add(status.IsFinished ? "finished" : "complete; 'maskgen run finish' writes _SUCCESS");
        }

        return string.Join('\n', lines);
    }

    private static string Rate(MaskRunStatus status) => status.ImagesPerSecond is { } rate
        ? string.Create(CultureInfo.InvariantCulture, $", {rate:0.##} images/s")
            + (status.TimeLeft is { } left ? string.Create(CultureInfo.InvariantCulture, $", {Time(left)} left") : string.Empty)
        : string.Empty;

    /// <summary>A time in days and hours, or hours, minutes and seconds.</summary>
    public static string Time(TimeSpan time) => time.TotalDays >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} d {time.Hours} h")
        : string.Create(CultureInfo.InvariantCulture, $"{time:hh\\:mm\\:ss}");

    private static void WriteLines(this Terminal terminal, string text)
    {
        foreach (var line in text.Split('\n'))
        {
            terminal.Write(line);
        }
    }
}
