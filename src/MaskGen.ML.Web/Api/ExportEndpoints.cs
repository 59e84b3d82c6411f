using System.IO.Compression;
using System.Text;
using MaskGen.ML.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MaskGen.ML.Web;

/// <summary>Annotations in the formats of other tools.</summary>
internal sealed class ExportEndpoints(MaskGenWebOptions options, ImageCatalog catalog, ExportWriter writer, UserQueues queues)
{
    private const int RequestBytes = 4 << 20;

    public void Map(RouteGroupBuilder group) => group.MapPost("/api/v1/export", new Func<HttpContext, Task>(ExportAsync))
        .Reads<ExportRequest>().Produces<ExportAnswer>()
        .WithSummary("Writes annotations in the formats of other tools, as a zip file or into the folder of exports.");

    private async Task ExportAsync(HttpContext context)
    {
        using var place = queues.Enter(GuardedEndpoint.UserOf(context));
        var request = await WebJson.ReadAsync<ExportRequest>(context.Request, RequestBytes).ConfigureAwait(false);
        var choice = Choice(request);
        switch (request.To)
        {
            case "folder":
                var folder = Path.Combine(options.OutputFolder, ExportWriter.FolderName);
                var (files, remarks) = await writer.WriteAsync(choice, folder, context.RequestAborted).ConfigureAwait(false);
                var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.OutputFolder)));
                await WebAnswers.JsonAsync(context, new ExportAnswer($"{name}/{ExportWriter.FolderName}", files, remarks))
                    .ConfigureAwait(false);
                break;
            case null or "zip":
                await ZipAsync(context, choice).ConfigureAwait(false);
                break;
            default:
                throw WebProblem.Bad($"to: expected zip or folder, found '{request.To}'.");
        }
    }

    private async Task ZipAsync(HttpContext context, ExportChoice choice)
    {
        var scratch = Directory.CreateTempSubdirectory("maskgen-export-");
        try
        {
            var folder = Path.Combine(scratch.FullName, "files");
            var (files, remarks) = await writer.WriteAsync(choice, folder, context.RequestAborted).ConfigureAwait(false);

            // Whole before the first byte is sent: what fails is said, and the length is known.
            var path = Path.Combine(scratch.FullName, "export.zip");
            using (var zip = await ZipFile.OpenAsync(path, ZipArchiveMode.Create, context.RequestAborted).ConfigureAwait(false))
            {
                foreach (var file in files)
                {
                    await zip.CreateEntryFromFileAsync(Path.Combine(folder, file), file, CompressionLevel.Fastest, context.RequestAborted)
                        .ConfigureAwait(false);
                }

                if (remarks.Count > 0)
                {
                    await using var text = await zip.CreateEntry("remarks.txt").OpenAsync(context.RequestAborted).ConfigureAwait(false);
                    await text.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', remarks) + "\n"), context.RequestAborted)
                        .ConfigureAwait(false);
                }
            }

            var response = context.Response;
            response.ContentType = "application/zip";
            response.Headers.ContentDisposition = "attachment; filename=\"maskgen-export.zip\"";
            response.ContentLength = new FileInfo(path).Length;
            await response.SendFileAsync(path, context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private ExportChoice Choice(ExportRequest request)
    {
        var names = ResultFormats.All.Select(format => format.Name).ToList();
        if (request.Formats is not { Length: > 0 } formats)
        {
            throw WebProblem.Bad($"formats: expected some of {string.Join(", ", names)}, found none.");
        }

        if (formats.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw WebProblem.Bad($"formats: expected some of {string.Join(", ", names)}, found '{unknown}'.");
        }

        if (request.Tolerance is < 0 or > 1000 || request.Tolerance is { } tolerance && !double.IsFinite(tolerance))
        {
            throw WebProblem.Bad($"tolerance: expected 0 to 1000 pixels, found {request.Tolerance}.");
        }

        var shapes = request.Shapes switch
        {
            null => (ShapeForm?)null,
            "polygons" => ShapeForm.Polygons,
            "masks" => ShapeForm.Masks,
            _ => throw WebProblem.Bad($"shapes: expected polygons or masks, found '{request.Shapes}'."),
        };
        return new ExportChoice(
            [.. ResultFormats.All.Where(format => formats.Contains(format.Name))],
            request.Images is null ? catalog.All : [.. request.Images.Distinct().Select(catalog.Find)],
            new ResultFormatOptions { PolygonTolerance = request.Tolerance, Shapes = shapes });
    }
}
