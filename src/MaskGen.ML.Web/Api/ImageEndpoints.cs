using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>The images: which there are, what they look like, how far their encoding is.</summary>
internal sealed class ImageEndpoints(
    MaskGenWebOptions options,
    ImageCatalog catalog,
    PaintImages paint,
    EmbeddingQueue embeddings,
    ImageItems items,
    ImageEvents events,
    UserQueues queues,
    IHostApplicationLifetime lifetime,
    ILogger<ImageEndpoints> logger)
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    public void Map(RouteGroupBuilder group)
    {
        group.MapGet("/api/v1/images", new Func<HttpContext, Task>(context =>
            WebAnswers.JsonAsync(context, new ImageList([.. catalog.All.Select(items.Of)], options.Title))))
            .Produces<ImageList>().WithSummary("All images, in their order.");
        group.MapPost("/api/v1/images", new Func<HttpContext, Task>(UploadAsync))
            .Produces<ImageItem>(StatusCodes.Status201Created).WithSummary("Adds an image; ?name= is what it is called.");
        group.MapGet("/api/v1/images/{id}", (HttpContext context, string id) => PixelsAsync(context, catalog.Find(id)))
            .Produces(StatusCodes.Status200OK, contentType: "image/jpeg").WithSummary("The upright image, ?max= pixels a side at most.");
        group.MapGet("/api/v1/images/{id}/info", (HttpContext context, string id) => InfoAsync(context, catalog.Find(id)))
            .Produces<ImageItem>().WithSummary("The image with its size.");
        group.MapPost("/api/v1/images/{id}/encode", (HttpContext context, string id) => EncodeAsync(context, catalog.Find(id)))
            .Produces(StatusCodes.Status202Accepted, contentType: "text/event-stream")
            .WithSummary("Encodes the image, and says how far it is.");
        group.MapDelete("/api/v1/images/{id}/encode", (HttpContext context, string id) =>
        {
            items.Withdraw(GuardedEndpoint.UserOf(context), catalog.Find(id));
            return WebAnswers.Nothing(context);
        }).Produces(StatusCodes.Status204NoContent).WithSummary("Withdraws the wish for an encoding.");
        group.MapGet("/api/v1/events", new Func<HttpContext, Task>(EventsAsync))
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream").WithSummary("Tells of images that change.");
    }

    private async Task UploadAsync(HttpContext context)
    {
        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        var name = context.Request.Query["name"].ToString();
        var content = await WebJson.ReadAnyAsync(context.Request, options.MaximumBodyBytes).ConfigureAwait(false);
        if (content.IsEmpty)
        {
            throw new WebProblem(StatusCodes.Status415UnsupportedMediaType, "not-an-image", "Expected the bytes of an image, found none.");
        }

        var image = await Task.Run(() => catalog.Upload(name, content.ToArray()), context.RequestAborted).ConfigureAwait(false);
        logger.Uploaded(image.Name, content.Length);
        events.Changed(image);
        context.Response.Headers.Location = $"images/{image.Id}";
        await WebAnswers.JsonAsync(context, items.Known(image), StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private Task InfoAsync(HttpContext context, ServedImage image) => WebAnswers.JsonAsync(context, items.Known(image));

    private async Task PixelsAsync(HttpContext context, ServedImage image)
    {
        var max = PaintImages.Side;
        var wanted = context.Request.Query["max"].ToString();
        if (wanted.Length > 0 && (!int.TryParse(wanted, out max) || max is < PaintImages.LeastSide or > PaintImages.Side))
        {
            throw WebProblem.Bad($"max: expected {PaintImages.LeastSide} to {PaintImages.Side}, found '{wanted}'.");
        }

        // Before the file is read: the browser may have it, perhaps of a server that showed other values.
        var version = FileVersion.Of(image.File());
        var tag = $"\"{version.Length:x}-{version.Written:x}-{max}-{catalog.Limits.Range}\"";
        var response = context.Response;
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        image.Size(catalog.Limits);
        var file = await paint.GetAsync(image, max, context.RequestAborted).ConfigureAwait(false);
        response.ContentType = "image/jpeg";
        response.ContentLength = file.Length;
        await response.Body.WriteAsync(file, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task EncodeAsync(HttpContext context, ServedImage image)
    {
        // What can be wrong with the file is said before the stream begins.
        image.Size(catalog.Limits);
        var user = GuardedEndpoint.UserOf(context);
        using var place = queues.Enter(user);
        using var wish = items.Wish(user, image, context.RequestAborted, lifetime.ApplicationStopping);
        var states = Channel.CreateUnbounded<(EncodingState State, int Position)>();
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var encoding = embeddings.GetAsync(image, (state, position) => states.Writer.TryWrite((state, position)), wish.Token);
        _ = encoding.ContinueWith(
            _ => states.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var stream = new EventStream(context);
        await stream.BeginAsync(StatusCodes.Status202Accepted).ConfigureAwait(false);
        var said = EncodingState.None;
        await foreach (var (state, position) in states.Reader.ReadAllAsync(context.RequestAborted).ConfigureAwait(false))
        {
            if (state == EncodingState.Queued)
            {
                await stream.SendAsync("queued", new { position }).ConfigureAwait(false);
            }
            else if (state == EncodingState.Encoding && said != state)
            {
                await stream.SendAsync("encoding", new { }).ConfigureAwait(false);
            }

            said = state;
        }

        try
        {
            var (_, from) = await encoding.ConfigureAwait(false);
            var item = items.Known(image);
            var ms = (long)System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            await stream.SendAsync("ready", EncodedItem.Of(item, ms, from)).ConfigureAwait(false);
            embeddings.ReadAhead(image);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            var problem = e is OperationCanceledException
                ? new WebProblem(503, "cancelled", "The encoding was withdrawn.")
                : WebProblem.Of(e);
            await stream.SendAsync("error", ProblemBody.Of(problem)).ConfigureAwait(false);
        }
    }

    private async Task EventsAsync(HttpContext context)
    {
        using var listening = events.Listen(out var changes);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var stream = new EventStream(context);
        await stream.BeginAsync(StatusCodes.Status200OK).ConfigureAwait(false);
        await stream.SendAsync("hello", new { }).ConfigureAwait(false);
        while (!ending.IsCancellationRequested)
        {
            var more = changes.WaitToReadAsync(ending.Token).AsTask();
            if (await Task.WhenAny(more, Task.Delay(PingInterval, ending.Token)).ConfigureAwait(false) != more)
            {
                ending.Token.ThrowIfCancellationRequested();
                await stream.PingAsync().ConfigureAwait(false);
            }
            else if (!await more.ConfigureAwait(false))
            {
                return;
            }

            while (changes.TryRead(out var image))
            {
                await stream.SendAsync("image", items.Of(image)).ConfigureAwait(false);
            }
        }
    }
}
