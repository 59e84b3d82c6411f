using System.Text;
using Microsoft.AspNetCore.Http;

namespace MaskGen.ML.Web;

/// <summary>Server-sent events as the body of an answer. Not safe for concurrent use.</summary>
internal sealed class EventStream(HttpContext context)
{
    /// <summary>Begins to answer.</summary>
    public async Task BeginAsync(int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Sends an event.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="data">Becomes JSON on one line.</param>
    public async Task SendAsync<T>(string name, T data)
    {
        var body = context.Response.Body;
        byte[] bytes = [.. Encoding.ASCII.GetBytes($"event: {name}\ndata: "), .. WebJson.Bytes(data), .. "\n\n"u8];
        await body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        await body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Keeps the connection from being taken for dead.</summary>
    public async Task PingAsync()
    {
        await context.Response.Body.WriteAsync(": ping\n\n"u8.ToArray(), context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
