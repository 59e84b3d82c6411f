using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>A cancellation is heard whatever the download waits for.</summary>
public sealed class HubCancellationTests : HubDownloadTestBase
{
    // Nothing here takes a second; a machine that is busy may.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task DownloadAsync_CancelledWhileTheNetworkIsDeaf_Ends()
    {
        // As the resolution of a name is on some systems.
        using var source = new CancellationTokenSource();
        var never = new TaskCompletionSource<HttpResponseMessage>();
        using var handler = new StubHandler((_, _) =>
        {
            source.CancelAfter(TimeSpan.Zero);
            return never.Task;
        });
        await AssertCancelledAsync(Hub.Settings(Folder.Path) with { Handler = handler }, source);

        // What comes too late is put away.
        using var response = new HttpResponseMessage { Content = new StringContent("late") };
        never.SetResult(response);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => response.Content.ReadAsStringAsync(TestToken));
    }

    [Fact]
    public async Task DownloadAsync_CancelledWhileAnotherProcessDownloads_Ends()
    {
        using var source = new CancellationTokenSource();
        var path = Folder[$".locks/models--someone--sam2-micro/{FakeHub.Sha256(Hub.Content(Weights))}.lock"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var messages = new List<string>();
        using (HubFileLock.TryAcquire(path))
        {
            var settings = Hub.Settings(Folder.Path) with
            {
                Progress = new Watcher(p =>
                {
                    if (p is { FileName: Weights, Message: { } message })
                    {
                        messages.Add(message);
                        source.Cancel();
                    }
                }),
            };
            await AssertCancelledAsync(settings with { TimeProvider = new StallingTime(), LeastBytesPerSecond = 0 }, source);
        }

        Assert.Contains(path, Assert.Single(messages), StringComparison.Ordinal);
        await DownloadAsync();
    }

    [Fact]
    public async Task DownloadAsync_CancelledBetweenAttempts_Ends()
    {
        using var source = new CancellationTokenSource();
        Hub.HubFault = _ => new TinyResponse(503, []);
        var progress = new Watcher(p => source.Cancel());
        var settings = Hub.Settings(Folder.Path) with { Progress = progress };
        await AssertCancelledAsync(settings with { RetryDelay = TimeSpan.FromHours(1) }, source);
    }

    [Fact]
    public async Task DownloadAsync_CancelledWhileNothingArrives_Ends()
    {
        using var source = new CancellationTokenSource();
        Hub.StoreFault = (_, response) => response with
        {
            CutAfter = 0,
            AnnouncedLength = response.Body.Length,
            BeforeCut = async clientGone =>
            {
                await source.CancelAsync();
                await clientGone;
            },
        };
        await AssertCancelledAsync(Hub.Settings(Folder.Path), source);
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public async Task ComputeAsync_CancelledOnTheWay_Ends()
    {
        using var source = new CancellationTokenSource();
        using var stream = new EndlessStream(() => source.Cancel());
        var hash = HubHash.Of(new string('0', 64))!;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => hash.ComputeAsync(stream, source.Token).WaitAsync(Deadline, TestToken));
    }

    private async Task AssertCancelledAsync(HubSettings settings, CancellationTokenSource source)
    {
        var download = HubModelDownload.DownloadAsync(Repository, settings, source.Token);
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download.WaitAsync(Deadline, TestToken));
        Assert.Equal(source.Token, error.CancellationToken);
    }

    private sealed class EndlessStream(Action onThirdRead) : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++_reads == 3)
            {
                onThirdRead();
            }

            return ValueTask.FromResult(buffer.Length);
        }
    }
}
