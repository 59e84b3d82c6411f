using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say where results go and in which form.</summary>
internal sealed class OutputOptions
{
    /// <summary>Name of the option that names formats.</summary>
    public const string Format = "--format";

    private const string PromptNames =
        "; the results of prompts have .prompt in their names, but for those of yolo and labelme, which go by the names of images";

    private readonly Option<string> _folder = new("--out", "-o")
    {
        Description = "Folder for the results, created if it is not there",
        HelpName = "DIR",
        DefaultValueFactory = _ => "masks",
    };

    private readonly Option<Choice?> _formats;

    private readonly Option<bool> _numbers = new("--numbers") { Description = "Write each mask's number into it in the overlay" };

    private readonly Option<bool> _sideBySide = new("--side-by-side")
    {
        Description = "Show the original beside the masks in the overlay, each at most 2048 pixels long",
    };

    private readonly FormatOptions _choices = new();

    /// <param name="hasDefaults">Whether there are formats that are written without being asked for.</param>
    public OutputOptions(bool hasDefaults = true)
    {
        _formats = new Option<Choice?>(Format, "-f")
        {
            Description = "What to write, separated by commas: "
                + string.Join("; ", ResultFormats.All.Select(format => Describe(format, hasDefaults)))
                + (hasDefaults ? PromptNames : string.Empty),
            HelpName = "FORMAT,...",
            CustomParser = ParseFormats,
        };
        _formats.CompletionSources.Add(Completions);
    }

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_formats);
        command.Add(_numbers);
        command.Add(_sideBySide);
        _choices.AddTo(command);
    }

    /// <summary>Refuses formats with which a run cannot resume an earlier one.</summary>
    /// <exception cref="ArgumentException">A data set was asked for without the records of each image, which it is made from.</exception>
    public void ThrowUnlessResumable(ParseResult parsed)
    {
        var formats = Formats(parsed);
        if (formats.FirstOrDefault(format => format.NeedsEveryMask) is { } needy && !formats.Any(format => format.KeepsMasks))
        {
            var keepers = string.Join(" or ", ResultFormats.All.Where(format => format.KeepsMasks).Select(format => format.Name));
            throw new ArgumentException(
                $"--resume: expected {keepers} beside {needy.Name} in --format, found {needy.Name} alone: it takes the masks of images "
                + $"that are done from the files of the other. --format {keepers},{needy.Name} resumes.");
        }
    }

    /// <summary>Refuses a command line that names no format.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public void ThrowUnlessFormatsNamed(ParseResult parsed)
    {
        if (parsed.GetValue(_formats) is null)
        {
            throw new ArgumentException($"--format: expected some of {string.Join(", ", Names())}, found nothing.");
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

        if (ErrorMessages.IsNameLost(folder))
        {
            throw new ArgumentException($"{_folder.Name} {folder}: expected a name in UTF-8, found other bytes.");
        }

        return File.Exists(folder)
            ? throw new ArgumentException($"{_folder.Name}: expected a folder, found the file '{folder}'.")
            : new ResultFiles(
                folder,
                Formats(parsed),
                new MaskOverlayOptions { ShowNumbers = parsed.GetValue(_numbers), SideBySide = parsed.GetValue(_sideBySide) },
                mode,
                _choices.Read(parsed));
    }

    // After those that are typed already.
    private static IEnumerable<CompletionItem> Completions(CompletionContext context)
    {
        var typed = context.WordToComplete;
        var before = typed[..(typed.LastIndexOf(',') + 1)];
        return Names().Select(name => new CompletionItem(before + name));
    }

    private static string[] Names() => [.. ResultFormats.All.Select(format => format.Name)];

    private static string Describe(ResultFormat format, bool hasDefaults) =>
        $"{format.Name}{(hasDefaults && format.IsDefault ? " (default)" : string.Empty)} is {format.Description}";

    // In the order of writing, whatever the order of naming.
    private static Choice? ParseFormats(ArgumentResult argument)
    {
        var named = new HashSet<ResultFormat>();
        string[] names = argument.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);

        // After "--format json, overlay" the stray word has an error of its own, which says it better.
        if (ImageArguments.FormatWords(argument).Count > 0)
        {
            names = [.. names.Where(name => name.Length > 0)];
        }

        foreach (var name in names)
        {
            if (ResultFormats.Find(name) is not { } found)
            {
                argument.AddError(
                    $"{Format}: expected some of {string.Join(", ", Names())}, found '{name}'.{Spelling.Question(name, Names())}");
                return null;
            }

            named.Add(found);
        }

        return new Choice([.. ResultFormats.All.Where(named.Contains)]);
    }

    private IReadOnlyList<ResultFormat> Formats(ParseResult parsed) =>
        parsed.GetValue(_formats)?.Formats ?? [.. ResultFormats.All.Where(format => format.IsDefault)];

    // Not a list itself, which the command line would fill from several arguments.
    private sealed record Choice(IReadOnlyList<ResultFormat> Formats);
}
