using System.Net;
using System.Net.Sockets;

namespace MaskGen.ML.Tests.Cli;

/// <summary>The process ends when it is told to, whatever it is doing.</summary>
public class SignalTests
{
    private const int Hangup = 1;
    private const int Interrupt = 2;
    private const int Quit = 3;
    private const int Terminate = 15;
    private static readonly string[] Micro = ["--model", Fixture.Path("micro"), "--points-per-side", "4"];

    // Far more than a pipe holds, one line of standard error each.
    private static readonly string[] Missing = [.. Enumerable.Range(0, 2000).Select(i => $"no-such-{i:0000}-{new string('x', 200)}.png")];

    [Theory]
    [InlineData(Hangup, 129)]
    [InlineData(Interrupt, 130)]
    [InlineData(Quit, 131)]
    [InlineData(Terminate, 143)]
    public async Task Everything_SignalBetweenImages_EndsWithItsCodeAndWholeFiles(int signal, int exitCode)
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder["in"]);
        for (var i = 0; i < 200; i++)
        {
            File.Copy(Fixture.Path("images/scene.png"), folder[$"in/{i:000}.png"]);
        }

        using var process = MaskgenProcess.StartToSignal(["everything", folder["in"], "--out", folder["out"], .. Micro]);
        await process.ErrorLineAsync(line => line.StartsWith("001.png: ", StringComparison.Ordinal));

        process.Signal(signal);

        Assert.Equal(exitCode, await process.ExitCodeAsync());
        var everyFile = new EnumerationOptions { AttributesToSkip = FileAttributes.None };
        var files = Directory.GetFiles(folder["out"], "*", everyFile).Select(file => Path.GetFileName(file)).ToArray();
        Assert.Contains("000.masks.json", files);
        Assert.DoesNotContain("199.masks.json", files);
        Assert.All(files, file => Assert.Matches(@"^\d{3}\.(masks\.json|overlay\.png)$", file));
        Assert.All(files.Where(file => file.EndsWith(".png", StringComparison.Ordinal)), file => RgbImage.Load(folder[$"out/{file}"]));
    }

    [Theory]
    [InlineData("models pull someone/sam2")]
    [InlineData("models info someone/sam2")]
    [InlineData("models export someone/sam2 --out FOLDER/out")]
    [InlineData("everything FOLDER --model someone/sam2 --out FOLDER/out")]
    [InlineData("prompt FOLDER/scene.png --point 100,100 --model someone/sam2 --out FOLDER/out")]
    public async Task AnyCommand_SignalWhileTheHubStalls_Ends(string line)
    {
        using var folder = new TestFolder();
        using var hub = new TcpListener(IPAddress.Loopback, 0);
        hub.Start();
        File.Copy(Fixture.Path("images/scene.png"), folder["scene.png"]);
        var environment = new Dictionary<string, string> { ["HF_ENDPOINT"] = $"http://{hub.LocalEndpoint}", ["HF_HOME"] = folder.Path };
        using var process = MaskgenProcess.StartToSignal(
            [.. line.Split(' ').Select(argument => argument.Replace("FOLDER", folder.Path, StringComparison.Ordinal))], environment);
        using var connection = await hub.AcceptTcpClientAsync(TestContext.Current.CancellationToken);

        process.Signal(Terminate);

        Assert.Equal(143, await process.ExitCodeAsync());
    }

    [Theory]
    [InlineData(Hangup, 129)]
    [InlineData(Interrupt, 130)]
    [InlineData(Terminate, 143)]
    public async Task AnyCommand_SignalWhileBlockedInAWrite_Ends(int signal, int exitCode)
    {
        using var process = MaskgenProcess.StartToSignal(["everything", .. Missing]);
        await process.ErrorLineAsync(_ => true);

        process.Signal(signal);

        Assert.Equal(exitCode, await process.ExitCodeAsync());
    }

    [Fact]
    public async Task AnyCommand_SecondSignal_EndsWithoutATrace()
    {
        using var process = MaskgenProcess.StartToSignal(["everything", .. Missing]);
        await process.ErrorLineAsync(_ => true);

        process.Signal(Interrupt);
        process.Signal(Terminate);
        process.Signal(Interrupt);

        var run = await process.ResultAsync();
        Assert.Contains(run.ExitCode, new[] { 130, 143 });
        Assert.DoesNotContain("Unhandled", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyCommand_StartedToIgnoreHangup_GoesOn()
    {
        using var folder = new TestFolder();
        string[] arguments = ["everything", Fixture.Path("images/scene.png"), "no-such.png", "--out", folder.Path, .. Micro];
        using var process = MaskgenProcess.StartByShell("trap '' HUP; exec \"$@\"", arguments);
        await process.ErrorLineAsync(_ => true);

        process.Signal(Hangup);

        Assert.Equal(1, (await process.ResultAsync()).ExitCode);
        Assert.True(File.Exists(folder["scene.masks.json"]));
    }
}
