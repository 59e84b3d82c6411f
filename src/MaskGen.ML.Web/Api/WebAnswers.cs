using Microsoft.AspNetCore.Http;

namespace MaskGen.ML.Web;

/// <summary>Sends answers.</summary>
internal static class WebAnswers
{
    /// <summary>Sends JSON.</summary>
    public static async Task JsonAsync<T>(HttpContext context, T value, int status = StatusCodes.Status200OK)
    {
        var bytes = WebJson.Bytes(value);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Sends nothing.</summary>
    public static Task Nothing(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
