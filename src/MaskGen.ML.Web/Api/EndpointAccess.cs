using Microsoft.AspNetCore.Builder;

namespace MaskGen.ML.Web;

/// <summary>Marks endpoints that need no secret.</summary>
internal static class EndpointAccess
{
    /// <summary>Marks an endpoint as one that anybody may ask who reaches the server by its own name.</summary>
    public static TBuilder Open<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new OpenMark());

    /// <summary>The mark.</summary>
    internal sealed class OpenMark;
}
