using MaskGen.ML.Files;
using Spectre.Console;

namespace MaskGen.ML.Cli.Display;

/// <summary>Shows how far segmenting everything is: a bar on a terminal, a line every quarter elsewhere.</summary>
internal static class GenerationProgress
{
    private const int LinesPerImage = 4;
    private const int LinesByTiles = 20;

    /// <summary>Runs work that reports its progress.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="image">The image.</param>
    /// <param name="prompts">What its prompts are called.</param>
    /// <param name="work">The work.</param>
    /// <param name="listen">Receives every report too; null for nothing.</param>
    /// <param name="isByTiles">Whether the image is segmented by tiles, which are then counted.</param>
    public static T Run<T>(
        Terminal terminal,
        string image,
        string prompts,
        Func<IProgress<MaskGenerationProgress>, T> work,
        Action<MaskGenerationProgress>? listen = null,
        bool isByTiles = false)
    {
        if (!terminal.IsInteractive)
        {
            // The first line comes only after the image is encoded.
            using var lines = new Lines(terminal, image, prompts, isByTiles);
            return work(new Listened(lines, listen));
        }

        var name = PrintableText.Escape(image);

        return terminal.Error.Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(),
                new SpinnerColumn())
            .Start(context => work(new Listened(new Bar(context.AddTask(Markup.Escape(name)), name, isByTiles), listen)));
    }

    private sealed class Listened(
        IProgress<MaskGenerationProgress> shown, Action<MaskGenerationProgress>? listen) : IProgress<MaskGenerationProgress>
    {
        public void Report(MaskGenerationProgress value)
        {
            listen?.Invoke(value);
            shown.Report(value);
        }
    }

    private static string TileOf(MaskGenerationProgress value, bool isByTiles) =>
        isByTiles ? $"tile {value.Crop + 1} of {value.CropCount}, " : string.Empty;

    private sealed class Bar(ProgressTask task, string image, bool isByTiles) : IProgress<MaskGenerationProgress>
    {
        public void Report(MaskGenerationProgress value)
        {
            task.MaxValue = value.PromptCount;
            task.Value = value.PromptsDone;
            task.Description = Markup.Escape($"{image}: {TileOf(value, isByTiles)}{Counted.Of(value.MasksKept, "mask")}");
        }
    }

    private sealed class Lines(Terminal terminal, string image, string prompts, bool isByTiles)
        : IProgress<MaskGenerationProgress>, IDisposable
    {
        private readonly SlowNotice _notice = new(terminal, $"{image}: encoding the image");
        private int _part;

        public void Dispose() => _notice.Dispose();

        public void Report(MaskGenerationProgress value)
        {
            _notice.Dispose();
            var lines = isByTiles ? LinesByTiles : LinesPerImage;
            var part = (int)((long)lines * value.PromptsDone / Math.Max(value.PromptCount, 1));
            if (part > _part)
            {
                _part = part;
                terminal.Say(
                    $"{image}: {TileOf(value, isByTiles)}{value.PromptsDone} of {value.PromptCount} {prompts}, "
                    + Counted.Of(value.MasksKept, "mask"));
            }
        }
    }
}
