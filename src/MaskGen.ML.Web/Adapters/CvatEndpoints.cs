using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MaskGen.ML.Web;

/// <summary>What the function of samples/cvat, which runs in CVAT's Nuclio, forwards.</summary>
/// <remarks>Source: cvat-ai/cvat 024777e, cvat/apps/lambda_manager/views.py (what is sent to an interactor), and 158dbba,
/// serverless/pytorch/facebookresearch/sam2/nuclio/main.py (what it answers).</remarks>
internal sealed class CvatEndpoints(MaskGenWebOptions options, AdapterMasks masks, UserQueues queues)
{
    public void Map(RouteGroupBuilder group) =>
        group.MapPost("/cvat", new Func<HttpContext, Task>(AnswerAsync)).WithSummary("CVAT: a mask of positive and negative points.");

    private async Task AnswerAsync(HttpContext context)
    {
        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        var request = await WebJson.ReadAsync<InteractorRequest>(context.Request, options.MaximumBodyBytes).ConfigureAwait(false);
        var item = new PromptItem
        {
            Points = [.. request.PosPoints ?? [], .. request.NegPoints ?? []],
            Labels = [.. (request.PosPoints ?? []).Select(_ => 1), .. (request.NegPoints ?? []).Select(_ => 0)],
            Box = request.ObjBbox is [[var x0, var y0], [var x1, var y1], ..] ? [x0, y0, x1, y1] : null,
        };
        var prompt = ApiMasks.Prompt(item, SessionEndpoints.MostPoints, _ => []);
        var found = await masks.BestAsync(AdapterMasks.Decode(request.Image), "image", _ => prompt, context.RequestAborted)
            .ConfigureAwait(false);
        await WriteAsync(context, found.Mask).ConfigureAwait(false);
    }

    // An array of rows of 0 and 1, written row by row: of a large image it is long.
    private static async Task WriteAsync(HttpContext context, RunLengthEncoding mask)
    {
        var size = mask.Size;
        var pixels = mask.ToMask();
        context.Response.ContentType = "application/json";
        var body = context.Response.Body;
        await body.WriteAsync("{\"mask\":["u8.ToArray(), context.RequestAborted).ConfigureAwait(false);
        var row = new byte[(2 * size.Width) + 2];
        for (var y = 0; y < size.Height; y++)
        {
            var at = 0;
            if (y > 0)
            {
                row[at++] = (byte)',';
            }

            row[at++] = (byte)'[';
            for (var x = 0; x < size.Width; x++)
            {
                row[at++] = pixels[((long)y * size.Width) + x] ? (byte)'1' : (byte)'0';
                row[at++] = x + 1 < size.Width ? (byte)',' : (byte)']';
            }

            await body.WriteAsync(row.AsMemory(0, at), context.RequestAborted).ConfigureAwait(false);
        }

        await body.WriteAsync("]}"u8.ToArray(), context.RequestAborted).ConfigureAwait(false);
    }

    private sealed record InteractorRequest
    {
        public string? Image { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("pos_points")]
        public float[][]? PosPoints { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("neg_points")]
        public float[][]? NegPoints { get; init; }

        [System.Text.Json.Serialization.JsonPropertyName("obj_bbox")]
        public float[][]? ObjBbox { get; init; }
    }
}
