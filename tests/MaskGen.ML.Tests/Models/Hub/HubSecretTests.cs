using System.Net;
using System.Text;
using System.Text.Json;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Tokens and passwords are in nothing that anybody may see.</summary>
public sealed class HubSecretTests : HubDownloadTestBase
{
    private const string Token = "hf_s3cretT0ken";
    private const string Password = "s3cretPassw0rd";

    private static readonly string Header = Convert.ToBase64String(Encoding.UTF8.GetBytes($"me:{Password}")).TrimEnd('=');

    [Fact]
    public void ToString_Options_HaveNoSecrets()
    {
        var endpoint = new Uri($"https://me:{Password}@mirror.example/hf");
        var options = new Sam2DownloadOptions { Token = Token, Endpoint = endpoint, CacheFolder = "/cache" };
        var shown = options.Endpoint;
        string[] texts = [options.ToString(), $"{options}", JsonSerializer.Serialize(options), shown.ToString(), shown.OriginalString];
        foreach (var text in texts)
        {
            AssertClean(text);
            Assert.Contains("mirror.example", text, StringComparison.Ordinal);
        }

        Assert.Contains("/cache", options.ToString(), StringComparison.Ordinal);
        Assert.Contains("Token = ***", options.ToString(), StringComparison.Ordinal);
        Assert.Equal(Token, options.Token);
    }

    [Theory]
    [InlineData("me:" + Password + "@mirror.example")]
    [InlineData("ftp://me:" + Password + "@mirror.example")]
    [InlineData("https://me:" + Password + "@mirror.example?a=b")]
    public void Create_EndpointThatIsNone_IsShownWithoutPassword(string endpoint)
    {
        AssertClean(Assert.Throws<ArgumentException>(() => HubSettings.Create(null, name => name == "HF_ENDPOINT" ? endpoint : null)));
        AssertClean(Assert.Throws<ArgumentException>(
            () => HubSettings.Create(new Sam2DownloadOptions { Endpoint = new Uri(endpoint, UriKind.RelativeOrAbsolute) }, _ => null)));
        AssertClean(new Sam2DownloadOptions { Endpoint = new Uri(endpoint, UriKind.RelativeOrAbsolute) }.ToString());
    }

    [Theory]
    [InlineData("https://me:" + Password + "@huggingface.co/facebook/x")]
    [InlineData("http://me:" + Password + "@mirror.example/x?token=" + Token)]
    [InlineData("me:" + Password + "@mirror.example/x")]
    public void Name_ThatIsAnAddressWithAPassword_IsShownWithoutIt(string name)
    {
        AssertClean(Assert.Throws<ArgumentException>(() => Sam2Model.FromNameOrPath(name)));
        AssertClean(Assert.Throws<ArgumentException>(() => Sam2Model.FromPretrained(name)));
        AssertClean(Assert.Throws<ArgumentException>(() => Sam2Model.FromPretrained("facebook/sam2-hiera-tiny", name)));
        AssertClean(Assert.Throws<ArgumentException>(() => Sam2Model.FromNameOrPath($"me:{Password}@mirror.example")));
    }

    [Fact]
    public void Options_SerializedAndBack_AreTheSameWithoutSecrets()
    {
        var options = new Sam2DownloadOptions
        {
            CacheFolder = "/c",
            Endpoint = new Uri("https://x.example/"),
            Offline = true,
            VerifyHashes = true,
        };
        var secret = options with { Token = Token };
        Assert.Equal(options, JsonSerializer.Deserialize<Sam2DownloadOptions>(JsonSerializer.Serialize(secret)));
    }

    [Fact]
    public void ToString_Settings_HaveNoSecrets()
    {
        var settings = HubSettings.Create(
            new Sam2DownloadOptions { Token = Token }, name => name == "HF_ENDPOINT" ? $"https://me:{Password}@mirror.example" : null);
        Assert.Equal($"me:{Password}", settings.Credentials);
        AssertClean(settings.ToString());
    }

    [Fact]
    public void Create_WrongToken_IsNotShown() =>
        AssertClean(Assert.Throws<ArgumentException>(
            () => HubSettings.Create(new Sam2DownloadOptions { Token = Token + "\n" }, _ => null)));

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(407)]
    [InlineData(418)]
    [InlineData(500)]
    [InlineData(302)]
    [InlineData(200)]
    public async Task DownloadAsync_AnyFailure_HasNoSecrets(int status)
    {
        // A hub that sends back what it was sent, wherever it can.
        var echo = $"{Token}-{Password}";
        Hub.HubFault = request => new TinyResponse(status, Encoding.ASCII.GetBytes(echo))
        {
            Headers =
            {
                ["X-Error-Message"] = echo,
                ["X-Repo-Commit"] = Uri.EscapeDataString(request.Headers["authorization"]),
                ["ETag"] = $"\"{echo}\"",
                ["Location"] = status == 302 ? $"https://me:{Password}@127.0.0.1:1/{echo}?token={Token}" : "/",
            },
        };
        var progress = new List<Sam2DownloadProgress>();

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadAsync(Settings(progress)));

        AssertClean(error);
        Assert.All(progress, p => AssertClean(p.ToString()));
    }

    [Fact]
    public async Task DownloadAsync_ListThatIsNone_HasNoSecrets()
    {
        Hub.HubFault = request => request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? new TinyResponse(404, [])
            : request.Path.StartsWith("/api/", StringComparison.Ordinal) ? new TinyResponse(200, "<html>"u8.ToArray()) : null;
        AssertClean(await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadAsync(Settings([]))));
    }

    [Fact]
    public async Task DownloadAsync_ErrorsOfTheNetwork_HaveNoSecrets()
    {
        // .NET's own texts name the proxy with its password.
        var inner = new InvalidOperationException($"proxy http://me:{Password}@proxy.example:8080/") { Data = { ["token"] = Token } };
        foreach (var kind in Enum.GetValues<HttpRequestError>())
        {
            using var handler = new StubHandler((_, _) => throw new HttpRequestException(
                kind, $"The proxy tunnel request to proxy 'http://me:{Password}@proxy.example:8080/' failed; sent {Token}.", inner));
            var progress = new List<Sam2DownloadProgress>();

            var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadAsync(Settings(progress) with { Handler = handler }));

            AssertClean(error);
            Assert.All(progress, p => AssertClean(p.ToString()));
        }
    }

    [Theory]
    [InlineData(407)]
    [InlineData(502)]
    public async Task DownloadAsync_ProxyThatRefuses_IsNamedWithoutItsPassword(int status)
    {
        using var proxy = new TinyHttpServer(_ => new TinyResponse(status, []));
        var address = new Uri($"http://me:{Password}@127.0.0.1:{proxy.Address.Port}/");
        var settings = Settings([]) with
        {
            Endpoint = new Uri("https://hub.example/"),
            Proxy = new WebProxy(address) { Credentials = new NetworkCredential("me", Password) },
            RetryCount = 0,
        };

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadAsync(settings));

        AssertClean(error);
        Assert.Contains("proxy", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(proxy.Requests);
    }

    [Theory]
    [InlineData("HTTPS_PROXY", "http://me:" + Password + "@proxy.example:1", Password)]
    [InlineData("https_proxy", "me:" + Password + "@proxy.example:1", Password)]
    [InlineData("ALL_PROXY", "socks5://me:" + Password + "@proxy.example", Password)]
    [InlineData("HTTP_PROXY", "http://me:p%40ss%3Aword@proxy.example", "p@ss:word")]
    [InlineData("HTTP_PROXY", "http://me:p%40ss%3Aword@proxy.example", "p%40ss%3Aword")]
    public void Redact_PasswordOfAProxy_IsBlottedOutAlone(string name, string value, string password)
    {
        var secrets = HubSecrets.Of(null, null, variable => variable == name ? value : null);
        Assert.Equal("the password *** of me is wrong", secrets.Redact($"the password {password} of me is wrong"));
    }

    [Fact]
    public async Task DownloadAsync_PasswordInTheEndpoint_IsSentToTheHubAlone()
    {
        var endpoint = new UriBuilder(Hub.Endpoint) { UserName = "me", Password = "p%40ss:w" }.Uri;
        var settings = Hub.Settings(Folder.Path);
        var own = HubSettings.Create(Options with { Endpoint = endpoint, Token = Token }, _ => null);
        await DownloadAsync(settings with { Endpoint = own.Endpoint, Credentials = own.Credentials, Token = own.Token });

        var expected = "Basic " + Convert.ToBase64String("me:p@ss:w"u8);
        Assert.All(Hub.HubRequests, r => Assert.Equal(expected, r.Headers["authorization"]));
        Assert.NotEmpty(Hub.StoreRequests);
        Assert.All(Hub.StoreRequests, r => Assert.DoesNotContain("authorization", r.Headers.Keys));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("http:///x")]
    public async Task DownloadAsync_RedirectToAnythingElse_IsRefused(string location)
    {
        Hub.HubFault = _ => new TinyResponse(307, []) { Headers = { ["Location"] = location } };
        await FailAsync(Sam2DownloadFailure.Network);
        Assert.Single(Hub.HubRequests);
    }

    private HubSettings Settings(List<Sam2DownloadProgress> progress)
    {
        var endpoint = new UriBuilder(Hub.Endpoint) { UserName = "me", Password = Password }.Uri;
        var options = Options with { Token = Token, Endpoint = endpoint };
        return HubSettings.Create(options, _ => null) with
        {
            RetryDelay = TimeSpan.Zero, RetryCount = 1, Progress = new Watcher(progress.Add),
        };
    }

    private static void AssertClean(Exception error)
    {
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            AssertClean(e.ToString());
            AssertClean(string.Join(' ', e.Data.Keys.Cast<object>().Concat(e.Data.Values.Cast<object>())));
        }
    }

    private static void AssertClean(string text)
    {
        Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Header, text, StringComparison.Ordinal);
    }
}
