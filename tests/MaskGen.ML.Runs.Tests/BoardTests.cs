using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Runs.Tests;

/// <summary>The page of runs and the dashboard: numbers of the store, for this machine alone, and nothing to press.</summary>
public sealed class BoardTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Page_WhateverTheQueueSays_ShowsWhatIsInTheStore()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(3).WithFile("bad.png", Encoding.ASCII.GetBytes("This is no image.")).CreateAsync(1);
        await database.SubmitAsync(_run.Path);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--part", "0/2"])).ExitCode);

        // By hand, past the queue, which knows nothing of it; and that has lost everything meanwhile.
        Assert.Equal(4, await database.ScalarAsync<int>("with gone as (delete from maskgen.job returning 1) select count(*) from gone"));
        await using var server = await Board.StartAsync(database);

        using var json = await server.ReadAsync();
        var run = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(_run.Path, run.GetProperty("run").GetString());
        Assert.Equal(
            (4, 2, 2, 4, false),
            (run.GetProperty("shards").GetInt32(), run.GetProperty("done_shards").GetInt32(), run.GetProperty("done_images").GetInt32(),
                run.GetProperty("images").GetInt32(), run.GetProperty("complete").GetBoolean()));
        var page = await server.GetAsync("/");
        Assert.Contains("<dd>2 of 4</dd>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("accent-color", await server.GetAsync("/runs.css"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfARunThatIsGone_SaysSoAndShowsTheOthers()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(1).CreateAsync(1);
        await database.SubmitAsync(_run.Path);
        await TestRun.CommandAsync(["create", _run.Images, "--run", _run["other <b>"], .. TestRun.Quick, "--label", "x"]);
        await database.SubmitAsync(_run["other <b>"]);
        File.Delete(_run["other <b>/run.json"]);
        await using var server = await Board.StartAsync(database);
        using var read = await server.ReadAsync();

        var page = await server.GetAsync("/");

        Assert.Contains("The store cannot be read", page, StringComparison.Ordinal);
        Assert.Contains("other &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.Contains("<dd>0 of 1</dd>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "Enqueued")]
    [InlineData(true, "Deleted")]
    public async Task Dashboard_ChangesJobsOnlyWhereAsked(bool isWritable, string expected)
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(1).CreateAsync(1);
        await database.SubmitAsync(_run.Path);
        string[] options = ["--urls", "http://127.0.0.1:0"];
        await using var server = await Board.StartAsync(database, null, isWritable ? [.. options, "--writable"] : options);
        var page = await server.GetAsync("/queue");
        Assert.Contains("Queue of runs", page, StringComparison.Ordinal);

        // As its own page would ask: with the cookie and the token that came with it.
        var id = await database.ScalarAsync<long>("select id from maskgen.job");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/queue/jobs/actions/delete/{id}");
        request.Headers.Add(Meta("csrf-header"), Meta("csrf-token"));
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(isWritable, answer.IsSuccessStatusCode);
        Assert.Equal(expected, await database.ScalarAsync<string>("select statename from maskgen.job"));

        string Meta(string name) => Regex.Match(page, $"<meta name=\"{name}\" content=\"([^\"]+)\"").Groups[1].Value;
    }

    [Theory]
    [InlineData("evil.example", null)]
    [InlineData(null, "http://evil.example")]
    public async Task Request_OfAnotherSite_IsRefused(string? host, string? origin)
    {
        await using var database = await FleetDatabase.CreateAsync();
        await using var server = await Board.StartAsync(database);
        foreach (var path in new[] { "/", "/runs.json", "/queue" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            if (origin is not null)
            {
                request.Headers.Add("Origin", origin);
            }

            using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Server_WithAToken_LetsInWhoHasIt()
    {
        await using var database = await FleetDatabase.CreateAsync();
        var token = "correct horse " + new string('x', 600);
        await using var server = await Board.StartAsync(database, token, "--urls", "http://0.0.0.0:0");

        using var without = await server.Client.GetAsync("/queue", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        foreach (var (password, expected) in new[] { ("wrong", HttpStatusCode.Unauthorized), (token, HttpStatusCode.OK) })
        {
            // By a proxy that has taken the TLS off.
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.Add("Origin", $"https://{server.Client.BaseAddress!.Authority}");
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{password}")));
            using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("http://0.0.0.0:5055", "MASKGEN_TOKEN")]
    [InlineData("https://127.0.0.1:5055", "expected one address of this machine")]
    [InlineData("5055", "expected one address of this machine")]
    public async Task Serve_AtAnotherAddress_SaysWhatWasExpected(string urls, string expected)
    {
        using var program = WorkerProgram.StartFleet(["serve", "--urls", urls], new Dictionary<string, string>());
        var (exitCode, error) = await program.EndAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private sealed class Board : IAsyncDisposable
    {
        private readonly WorkerProgram _program;

        private Board(WorkerProgram program, string address)
        {
            _program = program;
            Client = new HttpClient { BaseAddress = new Uri(address) };
        }

        public HttpClient Client { get; }

        public static async Task<Board> StartAsync(FleetDatabase database, string? token = null, params string[] options)
        {
            var variables = database.Variables();
            if (token is not null)
            {
                variables["MASKGEN_TOKEN"] = token;
            }

            var program = WorkerProgram.StartFleet(
                ["serve", .. options.Length > 0 ? options : ["--urls", "http://127.0.0.1:0"]], variables);
            return new Board(
                program, await program.OutputLineAsync() ?? throw new InvalidOperationException((await program.EndAsync()).Error));
        }

        /// <summary>The runs as programs get them, once every store has been looked at; an answer waits two seconds for that, no
        /// longer.</summary>
        public async Task<JsonDocument> ReadAsync()
        {
            for (;;)
            {
                var runs = JsonDocument.Parse(await GetAsync("/runs.json"));
                if (runs.RootElement.EnumerateArray().All(run => IsKnown(run, "read") || IsKnown(run, "error")))
                {
                    return runs;
                }

                runs.Dispose();
            }

            static bool IsKnown(JsonElement run, string name) => run.GetProperty(name).ValueKind != JsonValueKind.Null;
        }

        public async Task<string> GetAsync(string path)
        {
            using var answer = await Client.GetAsync(path, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, text);
            return text;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            _program.Signal(WorkerProgram.Terminate);
            await _program.EndAsync();
            _program.Dispose();
        }
    }
}
