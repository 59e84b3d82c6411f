using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace MaskGen.ML.Web;

/// <summary>Problems as RFC 9457 writes them.</summary>
internal static class ProblemBody
{
    public const string ContentType = "application/problem+json";

    /// <summary>Sends a problem.</summary>
    public static Task WriteAsync(HttpContext context, WebProblem problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = ContentType;
        if (problem.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        return response.Body.WriteAsync(WebJson.Bytes(Of(problem)), context.RequestAborted).AsTask();
    }

    /// <summary>The members of a problem.</summary>
    public static Dictionary<string, object?> Of(WebProblem problem)
    {
        var members = new Dictionary<string, object?>
        {
            ["type"] = "urn:maskgen:problem:" + problem.Name,
            ["name"] = problem.Name,
            ["title"] = ReasonPhrases.GetReasonPhrase(problem.Status),
            ["status"] = problem.Status,
            ["detail"] = problem.Message,
        };
        foreach (var (name, value) in problem.Members)
        {
            members[name] = value;
        }

        if (problem.RetryAfter is { } wait)
        {
            members["retryAfterMs"] = (int)Math.Ceiling(wait.TotalMilliseconds);
        }

        return members;
    }
}
