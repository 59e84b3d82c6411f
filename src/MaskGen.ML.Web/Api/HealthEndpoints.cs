using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MaskGen.ML.Web;

/// <summary>Whether the server is ready, for whoever watches it.</summary>
internal sealed class HealthEndpoints(HealthCheckService health)
{
    public void Map(RouteGroupBuilder group) => group.MapGet("/health", new Func<HttpContext, Task>(HealthAsync)).Open()
        .WithSummary("Whether the model is loaded.");

    private async Task HealthAsync(HttpContext context)
    {
        var report = await health.CheckHealthAsync(check => check.Name == MaskGenHealthCheck.Name, context.RequestAborted)
            .ConfigureAwait(false);
        var isUp = report.Status == HealthStatus.Healthy;
        var status = report.Status switch
        {
            HealthStatus.Healthy => "UP",
            HealthStatus.Degraded => "LOADING",
            _ => "DOWN",
        };
        await WebAnswers.JsonAsync(context, new { status }, isUp ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable)
            .ConfigureAwait(false);
    }
}
