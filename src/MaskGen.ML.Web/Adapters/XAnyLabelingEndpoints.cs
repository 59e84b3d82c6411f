using MaskGen.ML.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MaskGen.ML.Web;

/// <summary>The interface of X-AnyLabeling's remote server.</summary>
/// <remarks>Source: CVHub520/X-AnyLabeling-Server aad6ffa, docs/router.md and app/schemas/response.py; the client: CVHub520/X-AnyLabeling
/// 0f38687, anylabeling/services/auto_labeling/remote_server.py. It sends the token in a header of the name <c>Token</c>.</remarks>
internal sealed class XAnyLabelingEndpoints(MaskGenWebOptions options, ServedModel model, AdapterMasks masks, UserQueues queues)
{
    private const string ModelId = "maskgen";
    private const string Label = "AUTOLABEL_OBJECT";
    private const double FinestTolerance = 0.5;
    private const double CoarsestTolerance = 16;

    private static readonly string[] Buttons =
        ["button_add_point", "button_remove_point", "button_add_rect", "button_clear", "button_finish_object", "mask_fineness_slider"];

    public void Map(RouteGroupBuilder group)
    {
        group.MapGet("/v1/models", new Func<HttpContext, Task>(context => OkAsync(
            context, new Dictionary<string, object?> { [ModelId] = Info() }))).WithSummary("X-AnyLabeling: the models.");
        group.MapGet("/v1/models/{id}/info", (HttpContext context, string id) =>
            id == ModelId ? OkAsync(context, Info()) : FailAsync(context, "MODEL_NOT_FOUND", $"Expected '{ModelId}', found '{id}'."))
            .WithSummary("X-AnyLabeling: a model.");
        group.MapPost("/v1/predict", new Func<HttpContext, Task>(PredictAsync)).WithSummary("X-AnyLabeling: shapes of what marks say.");
    }

    private static Task OkAsync<T>(HttpContext context, T data) => WebAnswers.JsonAsync(context, new { success = true, data });

    // The client takes any other status than 200 for a broken connection.
    private static Task FailAsync(HttpContext context, string code, string message) =>
        WebAnswers.JsonAsync(context, new { success = false, error = new { code, message } });

    private static Sam2Prompt Prompt(MarkItem[] marks)
    {
        var points = new List<PointPrompt>();
        BoxXyxy? box = null;
        foreach (var mark in marks)
        {
            switch (mark)
            {
                case { Type: "point", Data: [var x, var y] }:
                    points.Add(new PointPrompt(x, y, mark.Label == 1 ? PointLabel.Foreground : PointLabel.Background));
                    break;
                case { Type: "rectangle", Data: [var x0, var y0, var x1, var y1] }:
                    box = new BoxXyxy(Math.Min(x0, x1), Math.Min(y0, y1), Math.Max(x0, x1), Math.Max(y0, y1));
                    break;
                default:
                    throw WebProblem.Bad("marks: expected points of two numbers and rectangles of four, found another.");
            }
        }

        return new Sam2Prompt { Points = points, Box = box };
    }

    private Dictionary<string, object?> Info() => new()
    {
        ["model_id"] = ModelId,
        ["display_name"] = $"MaskGen ({model.Name})",
        ["batch_processing_mode"] = null,
        ["widgets"] = Buttons.Select(name => new { name, value = (object?)null }),
        ["params"] = new { },
    };

    private async Task PredictAsync(HttpContext context)
    {
        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        try
        {
            // The image lies in the body as text, which is a third longer.
            var request = await WebJson.ReadAsync<PredictRequest>(context.Request, options.MaximumBodyBytes).ConfigureAwait(false);
            if (request.Model != ModelId)
            {
                await FailAsync(context, "MODEL_NOT_FOUND", $"Expected '{ModelId}', found '{request.Model}'.").ConfigureAwait(false);
                return;
            }

            var marks = request.Params?.Marks ?? [];
            if (marks.Length == 0)
            {
                await OkAsync(context, new { shapes = Array.Empty<object>(), description = string.Empty }).ConfigureAwait(false);
                return;
            }

            if (marks.Length > SessionEndpoints.MostPoints)
            {
                throw WebProblem.Bad($"marks: expected at most {SessionEndpoints.MostPoints}, found {marks.Length}.");
            }

            var found = await masks.BestAsync(
                AdapterMasks.Decode(request.Image), "image", _ => Prompt(marks), context.RequestAborted).ConfigureAwait(false);
            var shapes = Shapes(found, request.Params?.EpsilonFactor ?? 0);
            await OkAsync(context, new { shapes, description = string.Empty, replace = false }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebProblem { Status: < 429 } or InvalidDataException or ArgumentException)
        {
            var isImage = e is InvalidDataException;
            await FailAsync(context, isImage ? "INVALID_IMAGE" : "INFERENCE_ERROR", WebProblem.Of(e).Message).ConfigureAwait(false);
        }
    }

    // The first corner is repeated at the end, as in that program's own shapes.
    private static List<object> Shapes(FoundMask found, double epsilonFactor)
    {
        var box = found.Mask.BoundingBox;
        var tolerance = Math.Clamp(epsilonFactor * 2 * (box.Width + box.Height), FinestTolerance, CoarsestTolerance);
        var pieces = MaskPolygons.FromMask(found.Mask, tolerance).OrderByDescending(piece => piece.Area).ToList();
        return [.. pieces.Select(piece => new Dictionary<string, object?>
        {
            ["label"] = Label,
            ["shape_type"] = "polygon",
            ["points"] = piece.Exterior.Append(piece.Exterior[0]).Select(corner => new[] { corner.X, corner.Y }),
            ["score"] = AnnotationJson.Finite(found.PredictedIou),
            ["group_id"] = pieces.Count > 1 ? 1 : null,
            ["attributes"] = new { },
            ["description"] = null,
            ["difficult"] = false,
            ["direction"] = 0,
            ["flags"] = null,
            ["kie_linking"] = Array.Empty<object>(),
        })];
    }

    private sealed record PredictRequest(string? Model, string? Image, PredictParams? Params);

    private sealed record PredictParams
    {
        public MarkItem[]? Marks { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("epsilon_factor")]
        public double? EpsilonFactor { get; init; }
    }

    private sealed record MarkItem(string? Type, float[]? Data, int Label);
}
