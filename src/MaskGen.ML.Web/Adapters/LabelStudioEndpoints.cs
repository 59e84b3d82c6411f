using System.Text.Json;
using MaskGen.ML.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MaskGen.ML.Web;

/// <summary>The interface of a machine learning backend of Label Studio.</summary>
/// <remarks>Source: HumanSignal/label-studio-ml-backend 0009420, label_studio_ml/api.py (addresses and answers), and 18269ac,
/// label_studio_ml/examples/segment_anything_2_image/model.py (the context of a click); the client: HumanSignal/label-studio 0f1d1f0,
/// label_studio/ml/api_connector.py. It sends the token as the password of basic authentication.</remarks>
internal sealed class LabelStudioEndpoints(
    MaskGenWebOptions options, ServedModel model, ImageCatalog catalog, AdapterMasks masks, LabelStudioImages images, UserQueues queues)
{
    private const double Percent = 100;

    public void Map(RouteGroupBuilder group)
    {
        group.MapPost("/setup", new Func<HttpContext, Task>(SetUpAsync)).WithSummary("Label Studio: which model it is.");
        group.MapPost("/predict", new Func<HttpContext, Task>(PredictAsync)).WithSummary("Label Studio: regions of what was clicked.");

        // Nothing is learned here.
        group.MapPost("/webhook", new Func<HttpContext, Task>(context =>
            WebAnswers.JsonAsync(context, new { }, StatusCodes.Status201Created))).WithSummary("Label Studio: does nothing.");
    }

    private async Task SetUpAsync(HttpContext context)
    {
        await WebJson.ReadBytesAsync(context.Request, options.MaximumBodyBytes).ConfigureAwait(false);
        await WebAnswers.JsonAsync(context, new Dictionary<string, string> { ["model_version"] = model.Name }).ConfigureAwait(false);
    }

    private async Task PredictAsync(HttpContext context)
    {
        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        var request = await WebJson.ReadAsync<PredictRequest>(context.Request, options.MaximumBodyBytes).ConfigureAwait(false);
        var results = new List<object>();

        // Without a click there is nothing to say.
        if (request.Params?.Context?.Result is { Length: > 0 } clicked && request.Tasks is [{ Data: { } data }, ..])
        {
            var layout = LabelStudioLayout.Parse(request.LabelConfig);
            if (!data.TryGetValue(layout.Value, out var value) || value.ValueKind != JsonValueKind.String)
            {
                throw WebProblem.Bad($"tasks[0].data.{layout.Value}: expected the address of an image, found none.");
            }

            var found = await FindAsync(value.GetString()!, size => Prompt(clicked, size), context.RequestAborted).ConfigureAwait(false);
            var label = clicked[0].Value?.Labels(clicked[0].Type) ?? "object";
            results.Add(new Dictionary<string, object?>
            {
                ["result"] = Regions(found, layout, label),
                ["model_version"] = model.Name,
                ["score"] = AnnotationJson.Finite(found.PredictedIou),
            });
        }

        await WebAnswers.JsonAsync(context, new Dictionary<string, object> { ["results"] = results, ["model_version"] = model.Name })
            .ConfigureAwait(false);
    }

    private async Task<FoundMask> FindAsync(string address, Func<ImageSize, Sam2Prompt> promptOf, CancellationToken cancellationToken)
    {
        if (images.AddressOf(address) is { } url)
        {
            var content = await images.GetAsync(url, cancellationToken).ConfigureAwait(false);
            return await masks.BestAsync(content, "image", promptOf, cancellationToken).ConfigureAwait(false);
        }

        // Local files are named by their path, in the address or after "d=".
        var name = Uri.UnescapeDataString(address[(address.IndexOf("d=", StringComparison.Ordinal) is > 0 and var at ? at + 2 : 0)..]);
        var image = catalog.FindByName(name) ?? catalog.FindByName(name[(name.LastIndexOf('/') + 1)..])
            ?? throw WebProblem.NotFound(
                "Expected an image that is served here, or --label-studio-host, from which it may be fetched; found neither.");
        return await masks.BestAsync(image, promptOf, cancellationToken).ConfigureAwait(false);
    }

    // Percent of the image, whatever size the client takes it for.
    private static Sam2Prompt Prompt(RegionItem[] regions, ImageSize size)
    {
        var points = new List<PointPrompt>();
        BoxXyxy? box = null;
        foreach (var region in regions)
        {
            if (region.Value is not { } value)
            {
                throw WebProblem.Bad("context.result: expected regions with values, found one without.");
            }

            var (x, y) = (X(value.X), Y(value.Y));
            switch (region.Type)
            {
                case "keypointlabels":
                    points.Add(new PointPrompt(x, y, region.IsPositive ? PointLabel.Foreground : PointLabel.Background));
                    break;
                case "rectanglelabels":
                    box = new BoxXyxy(x, y, X(value.X + value.Width), Y(value.Y + value.Height));
                    break;
                default:
                    throw WebProblem.Bad($"context.result: expected keypointlabels or rectanglelabels, found '{region.Type}'.");
            }
        }

        return points.Count <= SessionEndpoints.MostPoints
            ? new Sam2Prompt { Points = points, Box = box }
            : throw WebProblem.Bad($"context.result: expected at most {SessionEndpoints.MostPoints} points, found {points.Count}.");

        float X(double percent) => (float)(percent * size.Width / Percent);

        float Y(double percent) => (float)(percent * size.Height / Percent);
    }

    private static List<object> Regions(FoundMask found, LabelStudioLayout layout, string label)
    {
        var mask = found.Mask;
        if (mask.Area == 0)
        {
            return [];
        }

        if (layout.IsBrush)
        {
            var runs = BrushRuns.Encode(mask).Select(one => (int)one).ToArray();
            return [Region("brushlabels", new Dictionary<string, object?>
            {
                ["format"] = "rle", ["rle"] = runs, ["brushlabels"] = new[] { label },
            })];
        }

        // Without holes, which a polygon there cannot have.
        return [.. MaskPolygons.FromMask(mask, 1).Select(piece => Region("polygonlabels", new Dictionary<string, object?>
        {
            ["points"] = piece.Exterior.Select(corner => new[]
            {
                Percent * corner.X / mask.Size.Width, Percent * corner.Y / mask.Size.Height,
            }),
            ["closed"] = true,
            ["polygonlabels"] = new[] { label },
        }))];

        Dictionary<string, object?> Region(string type, Dictionary<string, object?> value) => new()
        {
            ["id"] = Guid.NewGuid().ToString("N")[..10],
            ["type"] = type,
            ["from_name"] = layout.FromName,
            ["to_name"] = layout.ToName,
            ["original_width"] = mask.Size.Width,
            ["original_height"] = mask.Size.Height,
            ["image_rotation"] = 0,
            ["score"] = AnnotationJson.Finite(found.PredictedIou),
            ["readonly"] = false,
            ["value"] = value,
        };
    }

    private sealed record PredictRequest
    {
        public TaskItem[]? Tasks { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("label_config")]
        public string? LabelConfig { get; init; }

        public PredictParams? Params { get; init; }
    }

    private sealed record TaskItem(Dictionary<string, JsonElement>? Data);

    private sealed record PredictParams(ContextItem? Context);

    private sealed record ContextItem(RegionItem[]? Result);

    private sealed record RegionItem
    {
        public string? Type { get; init; }

        public RegionValue? Value { get; init; }

        /// <summary>1, or true; newer clients send the latter.</summary>
        [System.Text.Json.Serialization.JsonPropertyName("is_positive")]
        public JsonElement Positive { get; init; }

        [System.Text.Json.Serialization.JsonIgnore]
        public bool IsPositive => Positive.ValueKind == JsonValueKind.True
            || (Positive.ValueKind == JsonValueKind.Number && Positive.GetDouble() != 0);
    }

    private sealed record RegionValue
    {
        public double X { get; init; }

        public double Y { get; init; }

        public double Width { get; init; }

        public double Height { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("keypointlabels")]
        public string[]? KeypointLabels { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("rectanglelabels")]
        public string[]? RectangleLabels { get; init; }

        public string? Labels(string? type) => (type == "keypointlabels" ? KeypointLabels : RectangleLabels)?.FirstOrDefault();
    }
}
