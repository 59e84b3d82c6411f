using System.Net.Sockets;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Without a network, and without the hub.</summary>
public sealed class HubNoNetworkTests : HubDownloadTestBase
{
    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, SocketError.HostNotFound, "is not known here")]
    [InlineData(HttpRequestError.NameResolutionError, SocketError.TryAgain, "is not known here")]
    [InlineData(HttpRequestError.ConnectionError, SocketError.NetworkUnreachable, "no connection to")]
    [InlineData(HttpRequestError.ConnectionError, SocketError.HostUnreachable, "no connection to")]
    [InlineData(HttpRequestError.ConnectionError, SocketError.NetworkDown, "no connection to")]
    public async Task DownloadAsync_NoNetwork_FailsAtTheFirstAttempt(HttpRequestError kind, SocketError socket, string message)
    {
        using var handler = new StubHandler((_, _) => throw new HttpRequestException(kind, "?", new SocketException((int)socket)));
        var settings = Hub.Settings(Folder.Path) with
        {
            Handler = handler,
            RetryDelay = TimeSpan.FromHours(1),
            Endpoint = new Uri("https://hub.example/"),
        };

        var error = await FailAsync(Sam2DownloadFailure.Network, settings);

        Assert.Equal(1, handler.Count);
        foreach (var part in new[] { FakeHub.Name, "hub.example", message, "HF_ENDPOINT", "Sam2Model.FromFile" })
        {
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, SocketError.ConnectionRefused)]
    [InlineData(HttpRequestError.ConnectionError, SocketError.TimedOut)]
    public async Task DownloadAsync_HubThatNeverAnswers_IsTriedThreeTimesAloud(HttpRequestError kind, SocketError socket)
    {
        using var handler = new StubHandler((_, _) => throw new HttpRequestException(kind, "?", new SocketException((int)socket)));
        var messages = new List<string?>();
        var settings = Hub.Settings(Folder.Path) with { Progress = new Watcher(p => messages.Add(p.Message)) };

        var error = await FailAsync(Sam2DownloadFailure.Network, settings with { Handler = handler });

        Assert.Equal(3, handler.Count);
        Assert.Contains("3 attempts", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, messages.Count);
        Assert.Contains("attempt 2 of 3", messages[0], StringComparison.Ordinal);
        Assert.Contains("attempt 3 of 3", messages[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_NameThatIsLostOnTheWay_IsTriedAgain()
    {
        // The hub has answered before: the network is there, and will be back.
        var lost = 0;
        using var real = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var invoker = new HttpMessageInvoker(real);
        using var handler = new StubHandler((request, token) => request.Method == HttpMethod.Get && lost++ < 4
            ? throw new HttpRequestException(HttpRequestError.NameResolutionError, "?", new SocketException((int)SocketError.TryAgain))
            : invoker.SendAsync(request, token));
        await DownloadAsync(Hub.Settings(Folder.Path) with { Handler = handler });
        Assert.True(File.Exists(Blob));
    }

    [Fact]
    public async Task DownloadAsync_HubThatIsSlow_IsReported()
    {
        var messages = new List<string>();
        using var real = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var invoker = new HttpMessageInvoker(real);
        var reported = new TaskCompletionSource();
        using var handler = new StubHandler(async (request, token) =>
        {
            await reported.Task.WaitAsync(token);
            return await invoker.SendAsync(request, token);
        });
        var progress = new Watcher(p =>
        {
            messages.Add(p.Message ?? string.Empty);
            reported.TrySetResult();
        });
        var settings = Hub.Settings(Folder.Path) with { Progress = progress };
        await DownloadAsync(settings with { Handler = handler, NoticeDelay = TimeSpan.Zero });
        Assert.Equal("waiting for 127.0.0.1", messages[0]);
    }

    [Theory]
    [InlineData("facebook/sam2.1-hiera-tinny", "facebook/sam2.1-hiera-tiny")]
    [InlineData("facebok/sam2-hiera-large", "facebook/sam2-hiera-large")]
    [InlineData("meta/sam2.1-hiera-base-plus", "facebook/sam2.1-hiera-base-plus")]
    [InlineData("facebook/sam2-hiera-smal", "facebook/sam2-hiera-small")]
    [InlineData("facebook/SAM2.1-Hiera-Large", "facebook/sam2.1-hiera-large")]
    [InlineData("facebook/sam21-hiera-base-plus", "facebook/sam2.1-hiera-base-plus")]
    public async Task DownloadAsync_MisspeltOfficialName_IsAnsweredWithTheRightOne(string name, string official)
    {
        using var handler = new StubHandler((_, _) => throw new HttpRequestException(HttpRequestError.NameResolutionError));
        var settings = Hub.Settings(Folder.Path);
        var repository = new HubRepository(name, null);
        HubSettings[] failing = [settings with { Handler = handler }, settings with { OfflineBecauseOf = "HF_HUB_OFFLINE" }, settings];
        foreach (var one in failing)
        {
            var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => HubModelDownload.DownloadAsync(repository, one, TestToken));
            Assert.Contains($"Did you mean {official}?", error.Message, StringComparison.Ordinal);
            Assert.All(Sam2OfficialModel.All, m => Assert.Contains(m.Name, error.Message, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("facebook/sam2.1-hiera-tiny")]
    [InlineData("sam2-hiera-large")]
    [InlineData("someone/medsam")]
    [InlineData("someone/my-own-model-of-cells")]
    public void For_OfficialOrQuiteAnotherName_IsEmpty(string name) => Assert.Empty(HubSuggestions.For(name));

    [Fact]
    public async Task Open_DownloadThatFailed_IsTriedAgain()
    {
        var model = Sam2Model.FromPretrained(FakeHub.Name, options: Options);
        Hub.HubFault = _ => new TinyResponse(404, []) { Headers = { ["X-Error-Code"] = "RepoNotFound" } };
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<Sam2DownloadException>(() => Task.Run(model.OpenVerified, TestToken));
        }

        Hub.HubFault = _ => null;
        await Task.Run(() => model.OpenVerified().Dispose(), TestToken);
    }
}
