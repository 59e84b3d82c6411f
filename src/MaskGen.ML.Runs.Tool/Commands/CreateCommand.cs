using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;
using Microsoft.ML;

namespace MaskGen.ML.Runs.Tool;

/// <summary><c>maskgen run create</c>: plans a run.</summary>
internal static class CreateCommand
{
    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var inputs = new Argument<string[]>("IN")
        {
            Description = "Folders of images, s3://bucket/prefix, patterns such as 'photos/**/*.jpg', where ** is any folders, .tar "
                + "archives of images, or lists of images (.txt, one a line)",
            Arity = ArgumentArity.OneOrMore,
        };
        var recursive = new Option<bool>("--recursive", "-r")
        {
            Description = "Take folders and prefixes with all that is below them; links to folders are not followed",
        };
        var shardImages = NumberOptions.Whole(
            "--shard-images", "Images of a shard [default: as many as take ten minutes here, 16 to 5000]", "N", "500");
        var (run, model, generation) = (RunArgument.New(), new ModelOptions(environment), new GenerationOptions());
        var (reading, overlap, label) = (new ImageOptions(), new OverlapOptions(), new LabelOption());
        var command = new Command("create", "Plans a run: lists the images, keeps model and options, decides on shards") { inputs, run };
        model.AddTo(command);
        command.Add(recursive);
        command.Add(shardImages);
        label.AddTo(command);
        reading.AddTo(command);
        generation.AddTo(command);
        overlap.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new MaskRunOptions
            {
                ShardImages = parsed.GetValue(shardImages),
                Recursive = parsed.GetValue(recursive),
                Label = label.Read(parsed),
                Selection = overlap.Read(parsed),
            };
            ThrowIfTooFew(options.ShardImages);
            var limits = reading.Limits(parsed);
            var generate = generation.Read(parsed) with
            {
                Session = model.Session(parsed),
                MaximumPixels = limits.MaximumPixels,
                Range = limits.Range,
                FailedRows = FailedRowBehavior.Mark,
            };
            var store = MaskRunStore.Open(parsed.GetValue(run)!);
            var (chosen, line) = model.Model(parsed, terminal);
            terminal.Say(line);
            await chosen.PrepareAsync(new DownloadProgress(terminal), cancellationToken);
            var ml = new MLContext();
            using var pipeline = Pipeline(ml, generate with { Model = chosen });
            using var notice = new SlowNotice(terminal, "listing images");
            using var made = await MaskRun.CreateAsync(ml, pipeline, parsed.GetValue(inputs)!, store, options, cancellationToken);
            terminal.Write(
                $"{made.Store}: run {made.Id[..16]}: {made.ImageCount} {(made.ImageCount == 1 ? "image" : "images")} in {made.ShardCount} "
                + $"{(made.ShardCount == 1 ? "shard" : "shards")} of {made.ShardImages}");
            terminal.Say($"next: maskgen run work {made.Store} --part 0/1, or --array N in an array job of N tasks");
            return ExitCodes.Done;
        });
        return command;
    }

    private static MaskGenerationTransformer Pipeline(MLContext ml, AutomaticMaskGenerationOptions options)
    {
        var estimator = ml.Transforms.GenerateMasks("Masks", "Image", options);
        return estimator.Fit(new EmptyImages(ImageRow.SchemaOf("Image", isDecoded: false)));
    }

    private static void ThrowIfTooFew(int? shardImages)
    {
        if (shardImages is < 1)
        {
            throw new ArgumentException($"--shard-images: expected 1 or more, found {shardImages}.");
        }
    }

    // An estimator that learns nothing asks for nothing but the columns.
    private sealed class EmptyImages(DataViewSchema schema) : IDataView
    {
        public bool CanShuffle => false;

        public DataViewSchema Schema => schema;

        public long? GetRowCount() => 0;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            throw new NotSupportedException("There are no rows.");

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            throw new NotSupportedException("There are no rows.");
    }
}
