using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MaskGen.ML.Web;

/// <summary>The page, out of the assembly.</summary>
internal sealed class PageEndpoints
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".mjs"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".ico"] = "image/x-icon",
        [".woff2"] = "font/woff2",
    };

    private readonly HashSet<string> _names = [.. typeof(PageEndpoints).Assembly.GetManifestResourceNames()];
    private readonly ConcurrentDictionary<string, (byte[] Bytes, string Tag)> _files = new(StringComparer.Ordinal);

    public void Map(RouteGroupBuilder group)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        group.MapMethods("/", methods, context => SendAsync(context, "page/index.html")).Open();
        group.MapMethods("/page/{**path}", methods, (HttpContext context, string path) => SendAsync(context, "page/" + path)).Open()
            .ExcludeFromDescription();
        group.MapMethods("/shared/{file}", methods, (HttpContext context, string file) => SendAsync(context, "shared/" + file)).Open()
            .ExcludeFromDescription();
    }

    private async Task SendAsync(HttpContext context, string name)
    {
        // Nothing but what is listed: no path leads out of the assembly.
        if (!_names.Contains(name) || !Types.TryGetValue(Path.GetExtension(name), out var type))
        {
            throw WebProblem.NotFound("There is no such file.");
        }

        var (bytes, tag) = _files.GetOrAdd(name, Load);
        var response = context.Response;
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = type;
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static (byte[] Bytes, string Tag) Load(string name)
    {
        using var stream = typeof(PageEndpoints).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12))}\"");
    }
}
