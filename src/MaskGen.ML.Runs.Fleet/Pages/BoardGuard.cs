using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>Decides who sees the page and the dashboard: whoever is on this machine, or shows the secret.</summary>
/// <param name="token">The secret; null where only this machine is let in.</param>
internal sealed class BoardGuard(string? token)
{
    private const string Basic = "Basic ";

    /// <summary>Lets a request pass, or answers it.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.XFrameOptions = "DENY";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        if (token is null)
        {
            // A page of another site can have its own name lead to this machine; what the browser sends then is that name.
            if (!IsThisMachine(request.Host.Host) || context.Connection.RemoteIpAddress is not { } remote || !IPAddress.IsLoopback(remote))
            {
                await RefuseAsync(context, StatusCodes.Status403Forbidden, "Expected a request of this machine to 127.0.0.1 or localhost.");
                return;
            }
        }
        else if (!IsToken(TokenOf(request)))
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"maskgen-fleet\", charset=\"UTF-8\"";
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "Expected the token of this server as password; any user.");
            return;
        }

        if (request.Headers.TryGetValue(HeaderNames.Origin, out var origin) && !IsOwn(origin.ToString(), request))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "Expected a request of a page of this server.");
            return;
        }

        await next(context);
    }

    // The host alone: a proxy in front of this server may have taken the TLS off.
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var url)
        && string.Equals(url.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private static bool IsThisMachine(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static string? TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
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

    private static async Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(message + "\n");
    }

    // In a time that says nothing of it.
    private bool IsToken(string? text) => text is not null && CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(text)), SHA256.HashData(Encoding.UTF8.GetBytes(token!)));
}
