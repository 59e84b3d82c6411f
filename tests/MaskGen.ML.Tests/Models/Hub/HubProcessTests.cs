using System.Diagnostics;
using System.Globalization;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Several processes and one cache. The children are this program again, told to download with what the environment says
/// alone.</summary>
public sealed class HubProcessTests : IDisposable
{
    private const string EndpointVariable = "HF_ENDPOINT";
    private const string CacheVariable = "HF_HUB_CACHE";
    private const string Started = "bytes: ";

    private readonly TestFolder _folder = new();
    private readonly FakeHub _hub = FakeHub.WithMicro();

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task DownloadAsync_EightProcessesAtOnce_FetchOnce()
    {
        var children = Enumerable.Range(0, 8).Select(_ => Start()).ToList();
        await Task.WhenAll(children.Select(async child =>
        {
            using (child)
            {
                var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
                await child.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.True(child.ExitCode == 0, output);
            }
        }));

        Assert.Single(_hub.StoreRequests);
        Assert.Equal(
            _hub.Content("model.safetensors"),
            await File.ReadAllBytesAsync(
                _folder[$"models--someone--sam2-micro/snapshots/{FakeHub.Commit}/model.safetensors"],
                TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DownloadAsync_KilledHalfWay_IsResumed()
    {
        var half = _hub.Content("model.safetensors").Length / 2;
        var killed = new TaskCompletionSource();
        _hub.StoreFault = (request, response) => request.RangeStart is null
            ? response with { CutAfter = half, AnnouncedLength = response.Body.Length, BeforeCut = _ => killed.Task }
            : response;

        using (var child = Start())
        {
            // The server holds the connection open half way; once bytes are on disk the process is killed there.
            while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
                && !line.Contains(Started + "model.safetensors", StringComparison.Ordinal))
            {
            }

            child.Kill(entireProcessTree: true);
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            killed.SetResult();
        }

        var blob = _folder[$"models--someone--sam2-micro/blobs/{FakeHub.Sha256(_hub.Content("model.safetensors"))}"];
        Assert.False(File.Exists(blob));
        var kept = new FileInfo(blob + ".incomplete").Length;
        Assert.InRange(kept, 1, half);

        await Sam2Hub.DownloadAsync(
            FakeHub.Name, null, new Sam2DownloadOptions { CacheFolder = _folder.Path, Endpoint = _hub.Endpoint },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(_hub.Content("model.safetensors"), await File.ReadAllBytesAsync(blob, TestContext.Current.CancellationToken));
        Assert.Equal([null, kept], _hub.StoreRequests.Select(r => r.RangeStart));
    }

    private Process Start()
    {
        var name = OperatingSystem.IsWindows() ? "MaskGen.ML.Tests.exe" : "MaskGen.ML.Tests";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, name)) { RedirectStandardOutput = true };
        foreach (var argument in new[] { "-method", $"{typeof(Child).FullName}.{nameof(Child.Download)}", "-explicit", "only", "-noColor" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[EndpointVariable] = _hub.Endpoint.ToString();
        start.Environment[CacheVariable] = _folder.Path;
        start.Environment["NO_PROXY"] = "127.0.0.1";
        return Process.Start(start)!;
    }

    /// <summary>A class without anything to dispose of: a child that is killed leaves what it has made.</summary>
    public sealed class Child
    {
        [Fact(Explicit = true)]
        public async Task Download()
        {
            Assert.NotNull(Environment.GetEnvironmentVariable(EndpointVariable));
            Assert.NotNull(Environment.GetEnvironmentVariable(CacheVariable));
            await Sam2Hub.DownloadAsync(FakeHub.Name, null, null, new ConsoleProgress(), TestContext.Current.CancellationToken);
        }

        private sealed class ConsoleProgress : IProgress<Sam2DownloadProgress>
        {
            public void Report(Sam2DownloadProgress value) =>
                Console.WriteLine(Started + value.FileName + value.BytesDone.ToString(CultureInfo.InvariantCulture));
        }
    }
}
