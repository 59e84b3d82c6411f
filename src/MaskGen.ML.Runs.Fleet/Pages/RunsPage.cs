using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MaskGen.ML.Runs.Tool;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>The page of runs. It has no script: the browser loads it again every few seconds.</summary>
internal static class RunsPage
{
    /// <summary>Where Hangfire's dashboard is.</summary>
    public const string Dashboard = "/queue";

    private const string Unknown = "&ndash;";
    private const int SecondsBetween = 10;
    private const int ShortId = 12;

    /// <summary>The page.</summary>
    public static string Html(IReadOnlyList<BoardRun> runs, string database)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="refresh" content="{SecondsBetween}">
            <title>{Title(runs)}</title>
            <link rel="stylesheet" href="/runs.css">
            </head>
            <body>
            <header>
            <h1>Runs</h1>
            <a href="{Dashboard}">Workers, retries and failed jobs</a>
            </header>
            <main>

            """);
        if (runs.Count == 0)
        {
            html.Append("<p class=\"none\">No run was submitted in the last 30 days. ")
                .Append("<code>maskgen run submit RUN</code> does so.</p>\n");
        }

        foreach (var run in runs)
        {
            Append(html, run);
        }

        html.Append(CultureInfo.InvariantCulture, $"""
            </main>
            <footer>Every number is read from the run's own store, whoever did the work. Which runs there are says
            {Text(database)}.</footer>
            </body>
            </html>

            """);
        return html.ToString();
    }

    /// <summary>The same for programs: an array of what <c>status --json</c> says, and for each run when it was submitted, when its store
    /// was read, and why it could not be.</summary>
    public static string Json(IReadOnlyList<BoardRun> runs) => new JsonArray([.. runs.Select(Json)]).ToJsonString();

    private static JsonObject Json(BoardRun run)
    {
        var status = StatusJson.Of(run.Run.Address, run.Run.Id, run.Status);
        status.Add("submitted", run.Run.Submitted);
        status.Add("read", run.Read);
        status.Add("error", run.Error);
        return status;
    }

    private static void Append(StringBuilder html, BoardRun run)
    {
        var (word, kind) = State(run);
        html.Append(CultureInfo.InvariantCulture, $"""
            <article class="{kind}">
            <h2>{Text(run.Run.Address)}</h2>
            <p class="state">{word}</p>

            """);
        if (run.Error is { } error)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"error\">The store cannot be read: {Text(error)}</p>\n");
        }

        if (run.Status is { } status)
        {
            AppendNumbers(html, status);
        }

        var id = run.Run.Id[..Math.Min(ShortId, run.Run.Id.Length)];
        var submitted = run.Run.Submitted.UtcDateTime;
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">Run {id}, submitted {submitted:yyyy-MM-dd HH:mm} UTC");
        if (run.Read is { } read)
        {
            html.Append(CultureInfo.InvariantCulture, $"; read {read.UtcDateTime:HH:mm:ss} UTC");
        }

        html.Append("</p>\n</article>\n");
    }

    private static void AppendNumbers(StringBuilder html, MaskRunStatus status)
    {
        var percent = status.ShardCount == 0 ? 100 : 100.0 * status.DoneShardCount / status.ShardCount;
        var rate = status is { IsComplete: false, ImagesPerSecond: { } speed }
            ? speed.ToString("0.##", CultureInfo.InvariantCulture)
            : Unknown;
        var left = status is { IsComplete: false, TimeLeft: { } time } ? StatusCommand.Time(time) : Unknown;
        html.Append(CultureInfo.InvariantCulture, $"""
            <p class="bar">
            <progress max="{status.ShardCount}" value="{status.DoneShardCount}" aria-label="Shards done"></progress>
            <b>{Percent(percent)}</b>
            </p>
            <dl>
            <div><dt>Shards</dt><dd>{status.DoneShardCount:N0} of {status.ShardCount:N0}</dd></div>
            <div><dt>Images</dt><dd>{status.DoneImageCount:N0} of {status.ImageCount:N0}</dd></div>
            <div class="{(status.FailedImageCount > 0 ? "bad" : "good")}"><dt>Images failed</dt><dd>{status.FailedImageCount:N0}</dd></div>
            <div><dt>Masks</dt><dd>{status.MaskCount:N0}</dd></div>
            <div><dt>Images per second</dt><dd>{rate}</dd></div>
            <div><dt>Time left</dt><dd>{left}</dd></div>
            </dl>

            """);
        if (status.GivenUpShards.Count > 0)
        {
            html.Append("<p class=\"error\">Given up: ").Append(StatusCommand.Name(status.GivenUpShards))
                .Append(". <code>maskgen run submit RUN --again</code> tries again.</p>\n");
        }
    }

    private static (string Word, string Kind) State(BoardRun run) => run switch
    {
        { Status: { IsFinished: true, IsComplete: true } } => ("Finished", "finished"),
        { Status.IsComplete: true } => ("Complete; <code>maskgen run finish</code> checks it", "finished"),
        { Status: { } status } when status.GivenUpShards.Count > 0 => ("Shards were given up", "troubled"),
        { Status.BegunShards.Count: > 0 and var begun } => ($"{begun} {(begun == 1 ? "shard" : "shards")} begun", "working"),
        { Status: not null } => ("Nobody is at it", "waiting"),
        { Error: not null } => ("Not known", "troubled"),
        _ => ("Being read", "waiting"),
    };

    // 100 % is said when it is so.
    private static string Percent(double percent) =>
        (Math.Floor(percent * 10) / 10).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Title(IReadOnlyList<BoardRun> runs)
    {
        var left = runs.Count(run => run.Status is { IsComplete: false });
        return left == 0 ? "Runs" : $"{left} {(left == 1 ? "run" : "runs")} not complete";
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
