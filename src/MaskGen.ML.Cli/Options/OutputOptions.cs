using System.CommandLine;
using System.CommandLine.Parsing;
using MaskGen.ML.Cli.Results;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say where results go and in which form.</summary>
internal sealed class OutputOptions
{
    private readonly Option<string> _folder = new("--out", "-o")
    {
        Description = "Folder for the results, made if need be",
        HelpName = "DIR",
        DefaultValueFactory = _ => "masks",
    };

    private const ResultFormats DefaultFormats = ResultFormats.Json | ResultFormats.Overlay;

    private readonly Option<ResultFormats?> _formats = new("--format", "-f")
    {
        Description = "What to write, separated by commas: json and overlay (the default) are <image>.masks.json and <image>.overlay.png; "
            + "html is a page per image; png a label map and an image per mask; coco one annotations.coco.json over all images; "
            + "the results of prompts have .prompt in their names",
        HelpName = "json,overlay,coco,html,png",
        CustomParser = ParseFormats,
    };

    private readonly Option<bool> _numbers = new("--numbers") { Description = "Write each mask's number over it in the overlay" };

    public OutputOptions() => _formats.CompletionSources.Add(Names());

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_formats);
        command.Add(_numbers);
    }

    /// <summary>Refuses formats with which a run cannot go on where an earlier one ended.</summary>
    /// <exception cref="ArgumentException">A data set was asked for without the records of each image, which it is made from.</exception>
    public void ThrowUnlessResumable(ParseResult parsed)
    {
        var formats = parsed.GetValue(_formats) ?? DefaultFormats;
        if (formats.HasFlag(ResultFormats.Coco) && !formats.HasFlag(ResultFormats.Json))
        {
            throw new ArgumentException(
                "--resume: expected json beside coco in --format, found coco alone: the data set takes the masks of images that are done "
                + "from their masks.json. --format json,coco resumes.");
        }
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="mode">The command, which is in the names of its results.</param>
    /// <exception cref="ArgumentException">The folder is a file.</exception>
    public ResultFiles Files(ParseResult parsed, string mode)
    {
        var folder = parsed.GetValue(_folder)!;
        if (folder.Length == 0)
        {
            throw new ArgumentException($"{_folder.Name}: expected a folder, found nothing.");
        }

        return File.Exists(folder)
            ? throw new ArgumentException($"{_folder.Name}: expected a folder, found the file '{folder}'.")
            : new ResultFiles(folder, parsed.GetValue(_formats) ?? DefaultFormats, parsed.GetValue(_numbers), mode);
    }

    private static ResultFormats? ParseFormats(ArgumentResult argument)
    {
        ResultFormats formats = 0;
        foreach (var name in argument.Tokens[0].Value.Split(','))
        {
            var isName = Enum.TryParse<ResultFormats>(name, ignoreCase: true, out var format) && !int.TryParse(name, out _);
            if (!isName || !Enum.IsDefined(format))
            {
                argument.AddError($"--format: expected some of {string.Join(", ", Names())}, found '{name}'.");
                return null;
            }

            formats |= format;
        }

        return formats;
    }

    private static string[] Names() => [.. Enum.GetNames<ResultFormats>().Select(name => name.ToLowerInvariant())];
}
