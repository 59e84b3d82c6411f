using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MaskGen.ML.Tests;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Adapters;

/// <summary>The function of <c>samples/cvat</c> in a Node.js of its own (the one that Playwright brings), called as Nuclio calls
/// it.</summary>
public sealed class CvatFunctionTests(RecordedRequestTests.Fixture fixture) : IClassFixture<RecordedRequestTests.Fixture>
{
    // nuclio/nuclio, pkg/processor/runtime/nodejs/js/wrapper.js: a body of JSON comes parsed, any other as a Buffer; an answer is a
    // Response with body, headers, content type and status code.
    private const string Caller = """
        const { handler } = require(process.argv[2]);
        let text = "";
        process.stdin.setEncoding("utf8").on("data", part => text += part).on("end", () => handler(
          { Response: class { constructor(body, headers, type, status) { Object.assign(this, { body, headers, type, status }); } },
            callback: answer => process.stdout.write(JSON.stringify(answer)) },
          { body: process.argv[3] === "parsed" ? JSON.parse(text) : Buffer.from(text) }));
        """;

    [Theory]
    [InlineData("parsed")]
    [InlineData("bytes")]
    public async Task Function_Click_AnswersTheMask(string body)
    {
        var answer = await CallAsync(fixture.Server.Address, TestServer.Token, body);

        Assert.Equal((200, "application/json"), ((int)answer["status"]!, (string)answer["type"]!));
        var rows = JsonNode.Parse((string)answer["body"]!)!["mask"]!.AsArray();
        using var direct = new DirectMasks();
        Assert.Equal(
            direct.Three(SampleImages.Mug)[0].ToMask(), rows.SelectMany(row => row!.AsArray()).Select(pixel => (int)pixel! == 1));
    }

    [Fact]
    public async Task Function_WrongToken_AnswersWhatTheServerSays()
    {
        var answer = await CallAsync(fixture.Server.Address, "wrong", "parsed");

        Assert.Equal(401, (int)answer["status"]!);
        Assert.Contains("unauthorized", (string)answer["body"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Function_NoServer_SaysSo()
    {
        // Port 9 has nobody listening.
        var answer = await CallAsync(new Uri("http://127.0.0.1:9"), TestServer.Token, "parsed");

        Assert.Equal(502, (int)answer["status"]!);
        Assert.Contains("ECONNREFUSED", (string)answer["body"]!, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> CallAsync(Uri server, string token, string body)
    {
        using var folder = new TestFolder();
        var caller = folder.Write("caller.js", System.Text.Encoding.UTF8.GetBytes(Caller));
        var function = Path.Combine(Repository.Root(), "samples", "cvat", "main.js");
        var start = new ProcessStartInfo(Node(), [caller, function, body])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MASKGEN_URL"] = server.ToString();
        start.Environment["MASKGEN_TOKEN"] = token;
        using var process = Process.Start(start)!;
        var file = await File.ReadAllBytesAsync(SampleImages.PathOf(SampleImages.StillLife), TestServer.Cancellation);
        var image = Convert.ToBase64String(file);
        int[][] points = [[SampleImages.Mug.X, SampleImages.Mug.Y]];
        var click = new { image, pos_points = points, neg_points = Array.Empty<int[]>() };
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(click));
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestServer.Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(TestServer.Cancellation);
        await process.WaitForExitAsync(TestServer.Cancellation);
        Assert.True(process.ExitCode == 0, await error);
        return JsonNode.Parse(output)!;
    }

    private static string Node()
    {
        var platform = (OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux")
            + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "-arm64" : "-x64");
        var path = Path.Combine(
            AppContext.BaseDirectory, ".playwright", "node", platform.Replace("win32-x64", "win32_x64", StringComparison.Ordinal),
            OperatingSystem.IsWindows() ? "node.exe" : "node");
        Assert.SkipUnless(File.Exists(path), $"Playwright has brought no Node.js for this machine (looked for {path}).");
        return path;
    }
}
