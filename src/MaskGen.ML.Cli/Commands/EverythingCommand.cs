using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Generation;
using MaskGen.ML.Imaging;
using MaskGen.ML.Inference;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary><c>maskgen everything</c>: segments everything in images.</summary>
internal static class EverythingCommand
{
    // Of the smaller version of an image that overlays and pages show where it is segmented by tiles.
    private const int OverviewSide = 2048;

    private const string WayOutOfSize = "Segment it by tiles (--tile 2048), make it smaller";

    private const string MemoryAdvice = "decode fewer points at once (--points-per-batch) or make the image smaller";

    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var resume = new Option<bool>("--resume")
        {
            Description = "Skip images that an earlier run has done: same content, model and options, every file whole",
        };
        var (model, generation, output) = (new ModelOptions(environment), new GenerationOptions(), new OutputOptions());
        var (inputs, reading, reporting, labelling) = (new InputOptions(), new ImageOptions(), new ReportOptions(), new LabelOption());
        var (overlap, pages, tiles) = (new OverlapOptions(), new PageOptions(), new TileOptions());
        var command = new Command("everything", "Segments everything in images");
        inputs.AddArgumentTo(command);
        inputs.AddTo(command);
        model.AddTo(command);
        output.AddTo(command);
        command.Add(resume);
        labelling.AddTo(command);
        reporting.AddTo(command);
        pages.AddTo(command);
        reading.AddTo(command);
        tiles.AddTo(command);
        generation.AddTo(command);
        overlap.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var report = reporting.Report(parsed, terminal);
            var tiling = tiles.Read(parsed);
            var limits = reading.Limits(parsed);
            limits = tiling is null ? limits with { WayOut = WayOutOfSize } : limits;
            var selection = overlap.Read(parsed);
            var options = generation.Read(parsed) with { Session = model.Session(parsed) };
            using var files = output.Files(parsed, ResultOrigin.Everything);
            var skipsDone = parsed.GetValue(resume);
            if (skipsDone)
            {
                output.ThrowUnlessResumable(parsed);
            }

            var (chosen, line) = model.Model(parsed, terminal);
            options = options with { Model = chosen };
            if (tiling is not null)
            {
                files.ThrowUnlessReducible();
            }

            var loop = new ImageLoop(terminal, report, files, limits, MemoryAdvice, cancellationToken)
            {
                ArePagesChosen = pages.IsGiven(parsed),
            };
            var label = labelling.Read(parsed);
            return Task.FromResult(
                Run(terminal, loop, Images, options, selection, limits, tiling, line, files, skipsDone, label, cancellationToken));

            IReadOnlyList<InputFile> Images() =>
                pages.Expand(parsed, inputs.Files(parsed, files.Folder, loop.Fail, terminal.Say), loop.Fail);
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        ImageLoop loop,
        Func<IReadOnlyList<InputFile>> find,
        AutomaticMaskGenerationOptions options,
        MaskSelectionOptions selection,
        ImageLoadOptions limits,
        MaskTilingOptions? tiling,
        string modelLine,
        ResultFiles files,
        bool skipsDone,
        string? label,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<InputFile> images;
        using (new SlowNotice(terminal, "looking for images and for earlier results"))
        {
            images = find();
            if (images.Count == 0)
            {
                return ExitCodes.Failure;
            }

            OnnxRuntimeLibrary.BeginStart();
            files.Begin(images, options.Model!, () => RunSettings.Of(options, selection, label, limits, tiling));
        }

        var present = loop.Present(images);
        if (present.Count > 0 && !skipsDone && tiling is null)
        {
            loop.ReadAhead(present[0]);
        }

        using var generator = present.Count > 0 ? Load(terminal, options, modelLine, cancellationToken) : null;
        var filtered = default(FilterTally);
        loop.SegmentTiles = tiling is null ? null : SegmentTiles;
        loop.Run(present, skipsDone, Segment, (file, masks) =>
        {
            if (FewMasksAdvice.For(file.Name, masks.Count, options, filtered) is { } advice)
            {
                terminal.Say(advice);
            }
        });
        return loop.Complete(images.Count);

        MaskSet Segment(InputFile file, RgbImage image)
        {
            filtered = default;
            return Finish(GenerationProgress.Run(
                terminal,
                file.Name,
                "points",
                progress => generator!.Generate(image, progress, cancellationToken),
                value => filtered = value.Filtered));
        }

        (MaskSet Masks, RgbImage Overview) SegmentTiles(InputFile file, ImageLoadOptions reading)
        {
            using var stream = ImageFile.Open(file.Path);
            using var image = AutomaticMaskGenerator.OpenTiles(stream, file.Path, reading, tiling!, cancellationToken);
            filtered = default;
            var overview = image.BeginOverview(OverviewSide);
            var masks = GenerationProgress.Run(
                terminal,
                file.Name,
                "points",
                progress => generator!.GenerateByTiles(image, tiling, progress, cancellationToken),
                value => filtered = value.Filtered,
                isByTiles: true);
            return (Finish(masks), overview.ToImage());
        }

        MaskSet Finish(MaskSet found)
        {
            var masks = selection.Apply(found);
            return label is null ? masks : new MaskSet(masks.ImageSize, [.. masks.Select(mask => mask with { Label = label })]);
        }
    }

    private static AutomaticMaskGenerator Load(
        Terminal terminal, AutomaticMaskGenerationOptions options, string modelLine, CancellationToken cancellationToken)
    {
        terminal.Say(modelLine);
        using var notice = new SlowNotice(terminal, $"loading {options.Model!.Name}");
        var generator = AutomaticMaskGenerator.CreateAsync(options, new DownloadProgress(terminal), cancellationToken)
            .GetAwaiter().GetResult();
        terminal.Say(ModelOptions.Describe(generator.Device));
        return generator;
    }
}
