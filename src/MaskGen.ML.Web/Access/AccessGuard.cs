using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MaskGen.ML.Web;

/// <summary>Decides who may come in: the right host, the right origin, the right secret.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class AccessGuard(MaskGenWebOptions options)
{
    private const int UserBytes = 12;
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const string LocalHost = "localhost";

    // With one server per run, what it signs is signed by its token; without a token nothing is.
    private readonly byte[] _key = SHA256.HashData(Encoding.UTF8.GetBytes("maskgen cookie\n" + options.Token));

    /// <summary>Whether anybody has to show a secret.</summary>
    public bool WantsToken => options.Token is not null;

    /// <summary>Refuses requests for other hosts, and those that pages of other origins send.</summary>
    /// <exception cref="WebProblem">It is one of them.</exception>
    public void ThrowIfForeign(HttpRequest request)
    {
        // Whoever shows the secret in a header is no page of another site: other programs may know this server by any name.
        if (!IsOwnHost(request.Host) && !IsToken(TokenOf(request)))
        {
            throw WebProblem.Forbidden("Expected the address of this server as the host, found another name.");
        }

        if (request.Headers.TryGetValue(HeaderNames.Origin, out var origin) && !IsOwnOrigin(origin.ToString(), request))
        {
            throw WebProblem.Forbidden("Expected a request of a page of this server, found one of another origin.");
        }

        // What a browser says of itself where it sends no origin. Whoever follows a link to the page comes from elsewhere, too.
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var isNavigation = HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        if (site is "cross-site" or "same-site" && !isNavigation)
        {
            throw WebProblem.Forbidden("Expected a request of a page of this server, found one of another site.");
        }
    }

    /// <summary>Who sends a request.</summary>
    /// <exception cref="WebProblem">Nobody who has shown the secret.</exception>
    public string UserOf(HttpContext context)
    {
        if (!WantsToken)
        {
            return context.User.Identity?.Name ?? AddressOf(context);
        }

        if (context.Request.Cookies.TryGetValue(CookieName(context), out var cookie) && UserOfCookie(cookie) is { } user)
        {
            return user;
        }

        return TokenOf(context.Request) is { } token && IsToken(token)
            ? "token " + AddressOf(context)
            : throw new WebProblem(401, "unauthorized", "Expected the cookie of this server, or its token; found neither.");
    }

    /// <summary>Whether a text is the secret, in a time that says nothing of it.</summary>
    public bool IsToken(string? text) => text is not null && options.Token is { } token
        && CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(text)), SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Gives a browser a cookie of its own.</summary>
    public void SignIn(HttpContext context)
    {
        var user = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(UserBytes));
        context.Response.Cookies.Append(CookieName(context), $"{user}.{Sign(user)}", CookieOptions(context));
    }

    /// <summary>Takes the cookie away.</summary>
    public void SignOut(HttpContext context) => context.Response.Cookies.Delete(CookieName(context), CookieOptions(context));

    private static CookieOptions CookieOptions(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = Microsoft.AspNetCore.Http.SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/",
        IsEssential = true,
    };

    // Cookies know no ports: two servers on one machine would overwrite each other's.
    private static string CookieName(HttpContext context) => $"maskgen-{context.Connection.LocalPort}";

    private static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private static string? TokenOf(HttpRequest request)
    {
        // X-AnyLabeling has a header of its own.
        if (request.Headers.TryGetValue("Token", out var own))
        {
            return own.ToString();
        }

        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return header[Bearer.Length..].Trim();
        }

        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var text = header[Basic.Length..].Trim();
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [_, var password]
                ? password
                : null;
    }

    // The host alone: a proxy in front of this server may have taken the TLS off.
    private static bool IsOwnOrigin(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var url)
        && string.Equals(url.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private bool IsOwnHost(HostString host)
    {
        if (!host.HasValue)
        {
            return false;
        }

        var name = host.Host.TrimEnd('.');
        if (IPAddress.TryParse(name.Trim('[', ']'), out var address))
        {
            // A page cannot make a number lead elsewhere.
            return IPAddress.IsLoopback(address) || options.AllowsAddresses
                || options.AllowedHosts.Contains(name, StringComparer.OrdinalIgnoreCase);
        }

        return string.Equals(name, LocalHost, StringComparison.OrdinalIgnoreCase)
            || options.AllowedHosts.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private string? UserOfCookie(string cookie) =>
        cookie.Split('.') is [{ Length: 2 * UserBytes } user, var signature]
        && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(user)), Encoding.ASCII.GetBytes(signature))
            ? user
            : null;

    private string Sign(string user) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(user)));
}
