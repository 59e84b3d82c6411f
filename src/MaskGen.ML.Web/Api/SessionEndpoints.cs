using System.Reflection;
using MaskGen.ML.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MaskGen.ML.Web;

/// <summary>Coming in, and what a page needs to begin.</summary>
internal sealed class SessionEndpoints(MaskGenWebOptions options, AccessGuard guard, ServedModel model)
{
    public const int MostPrompts = 64;
    public const int MostPoints = 256;

    private const int PaletteColors = 64;
    private const int TokenBytes = 4096;

    // What it takes to have served the right secret by chance is not to be had at one try after the other.
    private static readonly TimeSpan PauseAfterWrongToken = TimeSpan.FromMilliseconds(200);

    private static readonly string Version =
        typeof(SessionEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
            .InformationalVersion.Split('+')[0] ?? "0";

    public void Map(RouteGroupBuilder group)
    {
        group.MapPost("/api/v1/session", new Func<HttpContext, Task>(SignInAsync)).Open().Reads<TokenRequest>()
            .Produces(StatusCodes.Status204NoContent).WithSummary("Takes the token and gives a cookie.");
        group.MapGet("/api/v1/session", new Func<HttpContext, Task>(context => WebAnswers.JsonAsync(context, Item(context))))
            .Produces<SessionItem>()
            .WithSummary("What a page needs to begin: model, limits, palette, formats.");
        group.MapDelete("/api/v1/session", new Func<HttpContext, Task>(context =>
        {
            guard.SignOut(context);
            return WebAnswers.Nothing(context);
        })).Produces(StatusCodes.Status204NoContent).WithSummary("Takes the cookie away.");
        group.MapGet("/api/v1/models", new Func<HttpContext, Task>(
            context => WebAnswers.JsonAsync(context, new ModelList([Model()])))).Produces<ModelList>()
            .WithSummary("The models.");
    }

    private async Task SignInAsync(HttpContext context)
    {
        var request = await WebJson.ReadAsync<TokenRequest>(context.Request, TokenBytes).ConfigureAwait(false);
        if (guard.WantsToken && !guard.IsToken(request.Token))
        {
            await Task.Delay(PauseAfterWrongToken, context.RequestAborted).ConfigureAwait(false);
            throw new WebProblem(401, "unauthorized", "Expected the token of this server, found another.");
        }

        guard.SignIn(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private ModelItem Model() => new(
        model.Name, model.Loaded?.Fingerprint, model.Loaded?.Decoder.Device.ToString(), model.IsDemonstration, model.Loaded is not null,
        model.Problem);

    private SessionItem Item(HttpContext context)
    {
        var thresholds = model.Loaded?.Thresholds ?? model.Model.RecommendedThresholds;
        return new SessionItem(
            Version,
            GuardedEndpoint.UserOf(context),
            Model(),
            new ThresholdItem(thresholds.PredictedIou, thresholds.StabilityScore),
            new LimitItem(
                PaintImages.Side, options.MaximumBodyBytes, options.MaximumPixels, MostPrompts, MostPoints, options.QueueLength),
            [.. Enumerable.Range(0, PaletteColors).Select(MaskPalette.Color).Select(color =>
                $"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}")],
            [.. ResultFormats.All.Select(format => new FormatItem(
                format.Name, format.Description, format.FileOfImage is not null, FormatLosses.Of(format.Name)))],
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.OutputFolder))));
    }
}
