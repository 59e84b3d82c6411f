using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>Stands before every endpoint: sets headers, checks who asks, and turns errors into problems.</summary>
internal sealed class GuardedEndpoint(MaskGenWebOptions options, AccessGuard guard, WebMeter meter, ILogger<GuardedEndpoint> logger)
{
    /// <summary>What pages may load: nothing that is not the server's own.</summary>
    public const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; font-src 'self'; "
        + "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string UserKey = "MaskGen.User";

    /// <summary>Who asks.</summary>
    public static string UserOf(HttpContext context) => (string)context.Items[UserKey]!;

    /// <summary>Runs an endpoint.</summary>
    /// <param name="context">The request.</param>
    /// <param name="endpoint">What answers it.</param>
    /// <param name="isOpen">Whether no secret is needed.</param>
    public async Task RunAsync(HttpContext context, RequestDelegate endpoint, bool isOpen)
    {
        SetHeaders(context.Response.Headers);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.MaximumBodyBytes;
        }

        try
        {
            guard.ThrowIfForeign(context.Request);
            if (!isOpen)
            {
                context.Items[UserKey] = guard.UserOf(context);
            }

            await endpoint(context).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone.
        }
        catch (Exception e)
        {
            await FailAsync(context, e).ConfigureAwait(false);
        }
    }

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        headers.CacheControl = "no-store";
    }

    private async Task FailAsync(HttpContext context, Exception error)
    {
        var problem = error switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => WebProblem.TooLarge(
                $"Expected at most {options.MaximumBodyBytes} bytes, found more."),
            BadHttpRequestException bad => new WebProblem(bad.StatusCode, WebProblem.BadRequest, bad.Message),
            OperationCanceledException => new WebProblem(503, "cancelled", "The work was cancelled; ask again.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            },
            _ => WebProblem.Of(error),
        };
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? string.Empty);
        if (problem.Status >= StatusCodes.Status500InternalServerError && error is not (WebProblem or OperationCanceledException))
        {
            logger.RequestFailed(error, method, path);
        }
        else if (problem.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
        {
            logger.RefusedRequest(method, path, context.Connection.RemoteIpAddress?.ToString() ?? "unknown", problem.Name);
        }
        else if (problem.Status == StatusCodes.Status429TooManyRequests)
        {
            meter.Refused.Add(1);
        }

        if (context.Response.HasStarted)
        {
            // What is sent cannot be taken back; the client sees that the answer is cut off.
            context.Abort();
            return;
        }

        context.Response.Headers.Remove("ETag");
        await ProblemBody.WriteAsync(context, problem).ConfigureAwait(false);
    }
}
