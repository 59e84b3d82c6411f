using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MaskGen.ML.Web;

/// <summary>What persons have drawn.</summary>
internal sealed class AnnotationEndpoints(MaskGenWebOptions options, ImageCatalog catalog, AnnotationStore store, UserQueues queues)
{
    public void Map(RouteGroupBuilder group)
    {
        group.MapGet("/api/v1/images/{id}/annotations", (HttpContext context, string id) => ReadAsync(context, catalog.Find(id)))
            .Produces<AnnotationDocument>().WithSummary("The annotations of an image, with their ETag.");
        group.MapPut("/api/v1/images/{id}/annotations", (HttpContext context, string id) => WriteAsync(context, catalog.Find(id)))
            .Reads<AnnotationDocument>().Produces<SavedAnswer>().ProducesProblem(StatusCodes.Status409Conflict)
            .WithSummary("Saves the annotations of an image, unless they have changed: If-Match is the ETag that was read.");
        group.MapGet("/api/v1/labels", new Func<HttpContext, Task>(context => WebAnswers.JsonAsync(context, new LabelList(Labels()))))
            .Produces<LabelList>().WithSummary("All labels that occur.");
    }

    private async Task ReadAsync(HttpContext context, ServedImage image)
    {
        var (json, tag) = await store.ReadAsync(image, context.RequestAborted).ConfigureAwait(false);
        var response = context.Response;
        response.Headers.ETag = tag;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task WriteAsync(HttpContext context, ServedImage image)
    {
        var tag = context.Request.Headers.IfMatch.ToString();
        if (tag.Length == 0)
        {
            throw new WebProblem(
                StatusCodes.Status428PreconditionRequired, "etag-required",
                "Expected If-Match with the ETag of what was read, found none.");
        }

        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        var json = await WebJson.ReadBytesAsync(context.Request, options.MaximumBodyBytes).ConfigureAwait(false);
        var saved = await store.WriteAsync(image, json, tag, context.RequestAborted).ConfigureAwait(false);
        context.Response.Headers.ETag = saved;
        await WebAnswers.JsonAsync(context, new SavedAnswer(saved)).ConfigureAwait(false);
    }

    private IReadOnlyList<string> Labels() => [.. catalog.All.SelectMany(image => store.Summarize(image).Labels).Distinct()];
}
