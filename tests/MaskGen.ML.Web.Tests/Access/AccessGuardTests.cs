using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Access;

/// <summary>Nothing gets in from outside.</summary>
public sealed class AccessGuardTests(TestServerFixture fixture) : IClassFixture<TestServerFixture>
{
    private TestServer Server => fixture.Server;

    [Theory]
    [InlineData("GET", "api/v1/images")]
    [InlineData("GET", "api/v1/session")]
    [InlineData("GET", "api/v1/events")]
    [InlineData("POST", "api/v1/images?name=x.png")]
    [InlineData("POST", "api/v1/export")]
    [InlineData("GET", "api/v1/models")]
    public async Task Api_WithoutTheSecret_IsClosed(string method, string address)
    {
        using var client = Server.NewClient();

        var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), address), TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 401, "unauthorized");
    }

    [Fact]
    public async Task SignIn_WithTheToken_GivesACookieThatScriptsAndOtherSitesDoNotGet()
    {
        using var client = Server.NewClient();

        var wrong = await client.PostAsJsonAsync("api/v1/session", new { token = TestServer.Token + "x" }, TestServer.Cancellation);
        var right = await client.PostAsJsonAsync("api/v1/session", new { token = TestServer.Token }, TestServer.Cancellation);

        await TestServer.AssertProblemAsync(wrong, 401, "unauthorized");
        var cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(TestServer.Token, cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, cookie.Split(';')[0]));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(client, cookie.Split(';')[0][..^1] + "0x"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(
            client, cookie.Split(';')[0].Replace("=", "=0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Api_TokenAsBearerOrPassword_IsOpen()
    {
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("anybody:" + TestServer.Token));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(new AuthenticationHeaderValue("Bearer", TestServer.Token)));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(new AuthenticationHeaderValue("Basic", basic)));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(new AuthenticationHeaderValue("Bearer", TestServer.Token[..^1])));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(new AuthenticationHeaderValue("Basic", "%%%")));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example:80")]
    [InlineData("192.168.1.5")]
    public async Task AnyAddress_UnderTheHostOfAnother_IsRefused(string host)
    {
        using var client = Server.NewClient();
        foreach (var address in new[] { "", "api/v1/session", "health", "openapi.json", "shared/masks.js" })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = host } };

            var response = await client.SendAsync(request, TestServer.Cancellation);

            await TestServer.AssertProblemAsync(response, 403, "forbidden");
        }
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("https://127.0.0.1")]
    public async Task Post_OfAnotherOrigin_IsRefused(string origin)
    {
        var request = SignIn();
        request.Headers.TryAddWithoutValidation("Origin", origin);

        var response = await Server.Client.SendAsync(request, TestServer.Cancellation);

        await TestServer.AssertProblemAsync(response, 403, "forbidden");
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Post_OfItsOwnOriginOrOfAForm_IsToldApart()
    {
        // Also as a proxy passes it on that has taken the TLS off.
        foreach (var scheme in new[] { "http", "https" })
        {
            var own = SignIn();
            own.Headers.TryAddWithoutValidation("Origin", $"{scheme}://{Server.Address.Authority}");
            Assert.Equal(HttpStatusCode.NoContent, (await Server.Client.SendAsync(own, TestServer.Cancellation)).StatusCode);
        }

        var form = new HttpRequestMessage(HttpMethod.Post, "api/v1/export")
        {
            Content = new StringContent("{}", Encoding.UTF8, "text/plain"),
        };
        await TestServer.AssertProblemAsync(await Server.Client.SendAsync(form, TestServer.Cancellation), 415, "not-json");

        var cross = new HttpRequestMessage(HttpMethod.Get, "api/v1/session");
        cross.Headers.TryAddWithoutValidation("Sec-Fetch-Site", "cross-site");
        await TestServer.AssertProblemAsync(await Server.Client.SendAsync(cross, TestServer.Cancellation), 403, "forbidden");
    }

    [Theory]
    [InlineData("page/..%2F..%2Fetc%2Fpasswd")]
    [InlineData("page/%2e%2e/%2e%2e/MaskGen.ML.Web.dll")]
    [InlineData("shared/..%2Fpage%2Findex.html")]
    [InlineData("shared/report.html")]
    [InlineData("api/v1/images/..%2F..%2Fphotos%2Fstill-life.png")]
    [InlineData("api/v1/images/%2Fetc%2Fpasswd")]
    [InlineData("api/v1/images/00000000000000000000")]
    public async Task Address_ThatLeadsElsewhere_FindsNothing(string address)
    {
        var response = await Server.Client.GetAsync(address, TestServer.Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task AnyAnswer_ConfinesThePage()
    {
        using var client = Server.NewClient();
        foreach (var address in new[] { "", "api/v1/images", "shared/masks.js", "api/nothing" })
        {
            var response = await client.GetAsync(address, TestServer.Cancellation);

            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
            Assert.False(response.Headers.Contains("Server") && response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Requests_AThousandAtOnce_AreAllAnswered()
    {
        using var stranger = Server.NewClient();
        var id = await Server.IdOfAsync(SampleImages.StillLife);

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => number % 2 == 0
            ? Server.Client.GetAsync("api/v1/images", TestServer.Cancellation)
            : stranger.GetAsync($"api/v1/images/{id}", TestServer.Cancellation)));

        Assert.Equal(500, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(500, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Connections_ThatSayNothing_HoldNobodyUp()
    {
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                var connection = new TcpClient();
                await connection.ConnectAsync(IPAddress.Loopback, Server.Address.Port, TestServer.Cancellation);
                await connection.GetStream().WriteAsync(
                    "POST /api/v1/export HTTP/1.1\r\nHost: 127.0.0.1\r\n"u8.ToArray(), TestServer.Cancellation);
                silent.Add(connection);
            }

            Assert.NotNull(await Server.GetAsync("api/v1/images"));
        }
        finally
        {
            silent.ForEach(connection => connection.Dispose());
        }
    }

    private static HttpRequestMessage SignIn() =>
        new(HttpMethod.Post, "api/v1/session") { Content = JsonContent.Create(new { token = TestServer.Token }) };

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string cookie)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/session");
        request.Headers.TryAddWithoutValidation("Cookie", cookie);
        return (await client.SendAsync(request, TestServer.Cancellation)).StatusCode;
    }

    private async Task<HttpStatusCode> AskAsync(AuthenticationHeaderValue header)
    {
        using var client = Server.NewClient();
        client.DefaultRequestHeaders.Authorization = header;
        return (await client.GetAsync("api/v1/session", TestServer.Cancellation)).StatusCode;
    }
}
