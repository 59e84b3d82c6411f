using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MaskGen.ML.Web;

/// <summary>Brings interactive segmentation into an ASP.NET Core application.</summary>
public static class MaskGenWebExtensions
{
    /// <summary>Registers what <see cref="MapMaskGen"/> needs: the model, which is loaded when the application starts, the queues, a health
    /// check named <c>maskgen</c>, and the meter <c>MaskGen.ML.Web</c>.</summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IServiceCollection AddMaskGen(this IServiceCollection services, Action<MaskGenWebOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new MaskGenWebOptions();
        configure(options);
        options.Validate();
        services.AddRouting();
        services.AddMetrics();
        services.AddOpenApi();
        services.AddHealthChecks().AddCheck<MaskGenHealthCheck>(MaskGenHealthCheck.Name);
        services.AddSingleton(options);
        services.AddSingleton<ServedModel>();
        services.AddHostedService(provider => provider.GetRequiredService<ServedModel>());
        services.AddSingleton<WebMeter>();
        services.AddSingleton<ImageCatalog>();
        services.AddSingleton<ImageEvents>();
        services.AddSingleton(provider => new PixelSource(provider.GetRequiredService<ImageCatalog>().Limits));
        services.AddSingleton<PaintImages>();
        services.AddSingleton<EmbeddingCache>();
        services.AddSingleton<CachedImageEncoder>();
        services.AddSingleton<EmbeddingQueue>();
        services.AddSingleton<KeptLogits>();
        services.AddSingleton<ClickDecoder>();
        services.AddSingleton<EverythingRuns>();
        services.AddSingleton<PreviewSlots>();
        services.AddSingleton(new UserQueues(options.QueueLength));
        services.AddSingleton<AnnotationStore>();
        services.AddSingleton<ExportWriter>();
        services.AddSingleton<AccessGuard>();
        services.AddSingleton<GuardedEndpoint>();
        services.AddSingleton<ImageItems>();
        services.AddSingleton<PageEndpoints>();
        services.AddSingleton<SessionEndpoints>();
        services.AddSingleton<ImageEndpoints>();
        services.AddSingleton<SegmentEndpoints>();
        services.AddSingleton<AnnotationEndpoints>();
        services.AddSingleton<ExportEndpoints>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<AdapterMasks>();
        services.AddSingleton<LabelStudioImages>();
        services.AddSingleton<LabelStudioEndpoints>();
        services.AddSingleton<XAnyLabelingEndpoints>();
        services.AddSingleton<CvatEndpoints>();
        return services;
    }

    /// <summary>Maps the page, the HTTP API under <c>/api/v1</c>, <c>/health</c> and <c>/openapi.json</c>.</summary>
    /// <param name="app">The application.</param>
    /// <param name="prefix">What stands before all of these, such as <c>/segment</c>; empty for nothing.</param>
    /// <returns>Adds conventions to all endpoints.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException"><see cref="AddMaskGen"/> was not called.</exception>
    /// <remarks>Each request is checked: its host and origin against those of the application, and for the token where there is one.
    /// Answers have headers that confine the page to its own origin.</remarks>
    public static IEndpointConventionBuilder MapMaskGen(this IEndpointRouteBuilder app, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(prefix);
        var services = app.ServiceProvider;
        var guard = services.GetRequiredService<GuardedEndpoint>();
        var group = app.MapGroup(prefix);
        group.MapOpenApi("/openapi.json").Open();
        services.GetRequiredService<PageEndpoints>().Map(group);
        services.GetRequiredService<HealthEndpoints>().Map(group);
        services.GetRequiredService<SessionEndpoints>().Map(group);
        services.GetRequiredService<ImageEndpoints>().Map(group);
        services.GetRequiredService<SegmentEndpoints>().Map(group);
        services.GetRequiredService<AnnotationEndpoints>().Map(group);
        services.GetRequiredService<ExportEndpoints>().Map(group);
        MapAdapters(group, services);
        group.Map("/api/{**rest}", new Func<HttpContext, Task>(_ => throw WebProblem.NotFound("There is no such thing in this API.")))
            .Open().ExcludeFromDescription();
        ((IEndpointConventionBuilder)group).Finally(builder =>
        {
            var isOpen = builder.Metadata.OfType<EndpointAccess.OpenMark>().Any();
            if (builder.RequestDelegate is { } inner)
            {
                builder.RequestDelegate = context => guard.RunAsync(context, inner, isOpen);
            }
        });
        return group;
    }

    private static void MapAdapters(RouteGroupBuilder group, IServiceProvider services)
    {
        var adapters = services.GetRequiredService<MaskGenWebOptions>().Adapters;
        if (adapters.Contains(WebAdapterNames.LabelStudio))
        {
            services.GetRequiredService<LabelStudioEndpoints>().Map(group);
        }

        if (adapters.Contains(WebAdapterNames.XAnyLabeling))
        {
            services.GetRequiredService<XAnyLabelingEndpoints>().Map(group);
        }

        if (adapters.Contains(WebAdapterNames.Cvat))
        {
            services.GetRequiredService<CvatEndpoints>().Map(group);
        }
    }
}
