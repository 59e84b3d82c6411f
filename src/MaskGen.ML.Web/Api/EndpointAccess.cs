using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace MaskGen.ML.Web;

/// <summary>Marks endpoints that need no secret.</summary>
internal static class EndpointAccess
{
    /// <summary>Marks an endpoint as one that anybody may ask who reaches the server by its own name.</summary>
    public static TBuilder Open<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new OpenMark());

    /// <summary>Says in the OpenAPI document what a body is. The framework's own way would also refuse other types of content, before
    /// anything else is checked and without a word.</summary>
    public static RouteHandlerBuilder Reads<T>(this RouteHandlerBuilder builder) =>
        builder.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
        {
            var schema = await context.GetOrCreateSchemaAsync(typeof(T), null, cancellationToken).ConfigureAwait(false);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = schema } },
            };
        });

    /// <summary>The mark.</summary>
    internal sealed class OpenMark;
}
