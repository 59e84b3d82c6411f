using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>Prompts in, masks out.</summary>
internal sealed class SegmentEndpoints(
    ImageCatalog catalog,
    ClickDecoder clicks,
    KeptLogits kept,
    EverythingRuns everything,
    PreviewSlots previews,
    UserQueues queues,
    WebMeter meter,
    IHostApplicationLifetime lifetime,
    ILogger<SegmentEndpoints> logger)
{
    private const int RequestBytes = 1 << 20;
    private const int EditBytes = 64 << 20;

    // A low-threshold run, which a page filters by its sliders.
    private const float LowIou = 0.5f;
    private const float LowStability = 0.6f;
    private const int MostPointsPerSide = 64;

    public void Map(RouteGroupBuilder group)
    {
        group.MapPost("/api/v1/images/{id}/segment", (HttpContext context, string id) => SegmentAsync(context, catalog.Find(id)))
            .Reads<SegmentRequest>().Produces<SegmentAnswer>().Produces(StatusCodes.Status204NoContent)
            .WithSummary("Masks of what points or a box mark.");
        group.MapPost("/api/v1/images/{id}/mask", (HttpContext context, string id) => FullAsync(context, catalog.Find(id)))
            .Reads<LogitsRequest>().Produces<MaskItem>().WithSummary("A mask of an earlier answer at full size.");
        group.MapPost("/api/v1/images/{id}/edit", (HttpContext context, string id) => EditAsync(context, catalog.Find(id)))
            .Reads<EditRequest>().Produces<MaskItem>().WithSummary("Joins, cuts, draws and cleans masks.");
        group.MapPost("/api/v1/images/{id}/everything", (HttpContext context, string id) => EverythingAsync(context, catalog.Find(id)))
            .Reads<EverythingRequest>().Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .WithSummary("Segments everything, and says how far it is.");
        group.MapDelete("/api/v1/images/{id}/everything", (HttpContext context, string id) =>
        {
            everything.Cancel(GuardedEndpoint.UserOf(context), catalog.Find(id));
            return WebAnswers.Nothing(context);
        }).Produces(StatusCodes.Status204NoContent).WithSummary("Cancels it.");
    }

    private async Task SegmentAsync(HttpContext context, ServedImage image)
    {
        var start = Stopwatch.GetTimestamp();
        var request = await WebJson.ReadAsync<SegmentRequest>(context.Request, RequestBytes).ConfigureAwait(false);
        if (request.Size is not (null or "paint" or "full"))
        {
            throw WebProblem.Bad($"size: expected paint or full, found '{request.Size}'.");
        }

        var output = request.Multimask ? MaskOutput.Multimask : MaskOutput.Single;
        var items = request.Prompts ?? [request];
        if (items.Length is 0 or > SessionEndpoints.MostPrompts)
        {
            throw WebProblem.Bad($"prompts: expected 1 to {SessionEndpoints.MostPrompts}, found {items.Length}.");
        }

        if (items.Contains(null) || (request.Prompts is not null && (request.Points is not null || request.Box is not null)))
        {
            throw WebProblem.Bad("prompts: expected prompts, and none beside them.");
        }

        List<Sam2Prompt> prompts =
            [.. items.Select(item => ApiMasks.Prompt(item, SessionEndpoints.MostPoints, id => kept.Find(image.Id, id).Logits))];
        if (request.Preview)
        {
            await PreviewAsync(context, image, prompts[0], output, start).ConfigureAwait(false);
            return;
        }

        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        Func<ImageSize, ImageSize> sizeOf = request.Size == "full" ? size => size : size => PaintImages.SizeOf(size);
        var (objects, times) = await clicks.SegmentAsync(image, prompts, output, sizeOf, context.RequestAborted).ConfigureAwait(false);
        var item = Times(times, start);
        queues.Took(item.Total - item.Wait);
        logger.Segmented(image.Name, prompts.Count, item.Total);
        List<ResultItem> results = [.. objects.Select(ApiMasks.Item)];
        if (request.Prompts is null)
        {
            var one = results[0];
            await WebAnswers.JsonAsync(context, new SegmentAnswer(one.Masks, one.LogitsId, one.ObjectScore, Times(times, start)))
                .ConfigureAwait(false);
        }
        else
        {
            await WebAnswers.JsonAsync(context, new SegmentAnswers(results, Times(times, start))).ConfigureAwait(false);
        }
    }

    private async Task PreviewAsync(HttpContext context, ServedImage image, Sam2Prompt prompt, MaskOutput output, long start)
    {
        var user = GuardedEndpoint.UserOf(context);
        if (!await previews.EnterAsync(user, context.RequestAborted).ConfigureAwait(false))
        {
            meter.Overtaken.Add(1);
            await WebAnswers.Nothing(context).ConfigureAwait(false);
            return;
        }

        try
        {
            if (await clicks.PreviewAsync(image, prompt, output, context.RequestAborted).ConfigureAwait(false) is not var (found, times))
            {
                await WebAnswers.Nothing(context).ConfigureAwait(false);
                return;
            }

            var item = ApiMasks.Item(found);
            await WebAnswers.JsonAsync(context, new SegmentAnswer(item.Masks, null, item.ObjectScore, Times(times, start)))
                .ConfigureAwait(false);
        }
        finally
        {
            previews.Leave(user);
        }
    }

    private async Task FullAsync(HttpContext context, ServedImage image)
    {
        var request = await WebJson.ReadAsync<LogitsRequest>(context.Request, RequestBytes).ConfigureAwait(false);
        if (request.LogitsId is not { } id)
        {
            throw WebProblem.Bad("logitsId: expected that of an earlier answer, found none.");
        }

        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        var found = await clicks.FullAsync(image, id, image.Size(catalog.Limits), context.RequestAborted).ConfigureAwait(false);
        await WebAnswers.JsonAsync(context, ApiMasks.Item(found)).ConfigureAwait(false);
    }

    private async Task EditAsync(HttpContext context, ServedImage image)
    {
        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        var request = await WebJson.ReadAsync<EditRequest>(context.Request, EditBytes).ConfigureAwait(false);
        var size = image.Size(catalog.Limits);
        var mask = await Task.Run(() => MaskEdits.Apply(request, size), context.RequestAborted).ConfigureAwait(false);
        await WebAnswers.JsonAsync(context, ApiMasks.Item(mask)).ConfigureAwait(false);
    }

    private async Task EverythingAsync(HttpContext context, ServedImage image)
    {
        var request = await WebJson.ReadAsync<EverythingRequest>(context.Request, RequestBytes).ConfigureAwait(false);
        var options = Options(request);
        image.Size(catalog.Limits);
        var user = GuardedEndpoint.UserOf(context);
        using var place = queues.Enter(user);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var start = Stopwatch.GetTimestamp();

        // Of the progress only the latest is of use.
        var states = Channel.CreateBounded<(string Name, object Data)>(
            new BoundedChannelOptions(2) { FullMode = BoundedChannelFullMode.DropOldest });
        var run = everything.RunAsync(
            user,
            image,
            options,
            position => states.Writer.TryWrite(("queued", new { position })),
            new EverythingProgress(states.Writer),
            ending.Token);
        _ = run.ContinueWith(_ => states.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var stream = new EventStream(context);
        try
        {
            await stream.BeginAsync(StatusCodes.Status200OK).ConfigureAwait(false);
            await foreach (var (name, data) in states.Reader.ReadAllAsync(ending.Token).ConfigureAwait(false))
            {
                await stream.SendAsync(name, data).ConfigureAwait(false);
            }

            var masks = await run.ConfigureAwait(false);
            await stream.SendAsync("done", new
            {
                masks = masks.Select(mask => ApiMasks.Item(
                    mask.Segmentation,
                    mask.PredictedIou,
                    mask.StabilityScore,
                    point: mask.Points is [var point, ..] ? [point.X, point.Y] : null)),
                ms = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds,
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await stream.SendAsync("cancelled", new { }).ConfigureAwait(false);
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && context.Response.HasStarted)
        {
            await stream.SendAsync("error", ProblemBody.Of(WebProblem.Of(e))).ConfigureAwait(false);
        }
        finally
        {
            // Whoever is gone wants no more of it.
            ending.Cancel();
        }
    }

    private static AutomaticMaskGenerationOptions Options(EverythingRequest request)
    {
        var side = request.PointsPerSide ?? AutomaticMaskGenerationOptions.Defaults.PointsPerSide;
        if (side is < 1 or > MostPointsPerSide)
        {
            throw WebProblem.Bad($"pointsPerSide: expected 1 to {MostPointsPerSide}, found {side}.");
        }

        return new AutomaticMaskGenerationOptions
        {
            PointsPerSide = side,
            PredictedIouThreshold = Share(request.PredictedIou, LowIou, "predictedIou"),
            StabilityScoreThreshold = Share(request.Stability, LowStability, "stability"),
        };

        static float Share(float? value, float usual, string name) => value is null ? usual
            : value is >= 0 and <= 1 ? value.Value
            : throw WebProblem.Bad($"{name}: expected 0 to 1, found {value}.");
    }

    private static TimesItem Times(ClickTimes times, long start) => new(
        Math.Round(times.Wait, 2),
        Math.Round(times.Decode, 2),
        Math.Round(times.Masks, 2),
        Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 2));

    private sealed class EverythingProgress(ChannelWriter<(string Name, object Data)> states) : IProgress<MaskGenerationProgress>
    {
        public void Report(MaskGenerationProgress value) => states.TryWrite(
            ("progress", new { done = value.PromptsDone, total = value.PromptCount, masks = value.MasksKept }));
    }
}
