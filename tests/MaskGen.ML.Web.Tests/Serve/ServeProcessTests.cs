using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using MaskGen.ML.Tests;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Serve;

/// <summary>The program itself: what it prints, refuses, and leaves behind.</summary>
public sealed class ServeProcessTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_Folder_PrintsAnAddressThatLetsInAndEndsOnASignal()
    {
        using var process = Start(
            Photos(), "--no-browser", "--port", "0", "--cache", "none", "--out", _folder["out"], "--host-name", "masks.example.org");
        var address = new Uri((await process.StandardOutput.ReadLineAsync(Cancellation))!);
        var token = address.Fragment["#t=".Length..];
        using var client = new HttpClient { BaseAddress = new Uri(address.GetLeftPart(UriPartial.Authority)) };

        var signedIn = await client.PostAsJsonAsync("api/v1/session", new { token }, Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, signedIn.StatusCode);
        Assert.True(token.Length >= 32);

        // By a proxy in front of it, under the name that it was told.
        Assert.Equal(HttpStatusCode.OK, await AskAsync("masks.example.org"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync("other.example.org"));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals there.");
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(143, process.ExitCode);
        Assert.False(Directory.Exists(_folder["out"]));

        async Task<HttpStatusCode> AskAsync(string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/images");
            request.Headers.Host = host;
            request.Headers.Add("Origin", $"https://{host}");
            return (await client.SendAsync(request, Cancellation)).StatusCode;
        }
    }

    [Fact]
    public async Task Serve_PortInUse_SaysSo()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var (exitCode, error) = await RunAsync(Photos(), "--no-browser", "--port", $"{port}", "--cache", "none");

        Assert.Equal(1, exitCode);
        Assert.Contains($"Port {port} is in use", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--host 0.0.0.0", "--token")]
    [InlineData("--host evil.example", "address")]
    [InlineData("--host-name https://masks.example.org", "such as masks.example.org")]
    [InlineData("--token short", "8 printable")]
    [InlineData("--port 70000", "65535")]
    [InlineData("--label-studio-host ftp://x", "http")]
    [InlineData("--adapter roboflow", "label-studio, x-anylabeling, cvat")]
    [InlineData("--no-such-option", "--no-such-option")]
    public async Task Serve_WrongOption_IsRefusedByName(string options, string named)
    {
        var (exitCode, error) = await RunAsync([Photos(), "--no-browser", .. options.Split(' ')]);

        Assert.Equal(2, exitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_KilledWhileSaving_LeavesTheOldFileOrTheNew()
    {
        var file = Path.Combine(_folder["out"], "still-life.annotations.json");
        string? saved = null;
        for (var round = 0; round < 3; round++)
        {
            using var process = Start(
                Photos(), "--no-browser", "--port", "0", "--cache", "none", "--out", _folder["out"], "--token", TestServer.Token);
            var address = new Uri((await process.StandardOutput.ReadLineAsync(Cancellation))!);
            using var client = new HttpClient { BaseAddress = new Uri(address.GetLeftPart(UriPartial.Authority)) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestServer.Token);
            var list = await TestServer.JsonAsync(await client.GetAsync("api/v1/images", Cancellation));
            var id = (string)list["images"]!.AsArray().Single(image => (string)image!["name"]! == SampleImages.StillLife)!["id"]!;

            // Until the process is gone; whatever was acknowledged last must be there, or what was sent after it.
            string? sent = null;
            var killing = Task.CompletedTask;
            try
            {
                for (var number = 0; ; number++)
                {
                    if (number == 10)
                    {
                        killing = Task.Run(process.Kill, Cancellation);
                    }

                    var read = await client.GetAsync($"api/v1/images/{id}/annotations", Cancellation);
                    var document = await TestServer.JsonAsync(read);
                    document["labels"] = new JsonArray(
                        [.. Enumerable.Range(0, 500).Select(label => (JsonNode)$"label-{round}-{number}-{label}")]);
                    sent = $"label-{round}-{number}-0";
                    var request = new HttpRequestMessage(HttpMethod.Put, $"api/v1/images/{id}/annotations")
                    {
                        Content = new StringContent(document.ToJsonString(), Encoding.UTF8, "application/json"),
                    };
                    request.Headers.TryAddWithoutValidation("If-Match", read.Headers.ETag!.Tag);
                    (await client.SendAsync(request, Cancellation)).EnsureSuccessStatusCode();
                    saved = sent;
                }
            }
            catch (HttpRequestException)
            {
                // Gone.
            }

            await killing;
            await process.WaitForExitAsync(Cancellation);
            var left = JsonNode.Parse(await File.ReadAllTextAsync(file, Cancellation))!;
            Assert.Equal(500, left["labels"]!.AsArray().Count);
            Assert.Contains((string)left["labels"]![0]!, new[] { saved, sent });
        }
    }

    private static Process Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "maskgen-serve.exe" : "maskgen-serve");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(
            System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Path.GetTempPath(), "maskgen-tests-without-settings");
        start.Environment.Remove("MASKGEN_MODEL");
        start.Environment.Remove("MASKGEN_TOKEN");
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(params string[] arguments)
    {
        var error = new StringWriter();
        var environment = MaskGen.ML.Cli.Settings.UserEnvironment.OfThisProcess() with { SettingsPath = null, Variable = _ => null };
        var exitCode = await MaskGen.ML.Serve.ServeCommandLine.RunAsync(
            arguments, new MaskGen.ML.Cli.Display.Terminal(TextWriter.Null, error), environment, Cancellation);
        return (exitCode, error.ToString());
    }

    private string Photos()
    {
        var photos = _folder["photos"];
        if (!Directory.Exists(photos))
        {
            Directory.CreateDirectory(photos);
            File.Copy(SampleImages.PathOf(SampleImages.StillLife), Path.Combine(photos, SampleImages.StillLife));
        }

        return photos;
    }
}
