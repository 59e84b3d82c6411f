using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MaskGen.ML.Web;

/// <summary>Whether the model is loaded.</summary>
internal sealed class MaskGenHealthCheck(ServedModel model) : IHealthCheck
{
    public const string Name = "maskgen";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            model.Loaded is not null ? HealthCheckResult.Healthy($"{model.Name} is loaded.")
            : model.Problem is { } problem ? HealthCheckResult.Unhealthy($"{model.Name} could not be loaded: {problem}")
            : HealthCheckResult.Degraded($"{model.Name} is being loaded."));
}
