using System.CommandLine;
using System.CommandLine.Parsing;

namespace MaskGen.ML.Cli;

/// <summary>The options that say where results go and in which form.</summary>
internal sealed class OutputOptions
{
    private readonly Option<string> _folder = new("--out")
    {
        Description = "Folder for the results, made if need be",
        HelpName = "DIR",
        DefaultValueFactory = _ => "masks",
    };

    private readonly Option<ResultFormats> _formats = new("--format")
    {
        Description = "What to write, separated by commas: json and overlay (the default) are <picture>.masks.json and <picture>.overlay.png; html is a page per picture; png a label map and a picture per mask; coco one annotations.coco.json over all pictures",
        HelpName = "json,overlay,coco,html,png",
        DefaultValueFactory = _ => ResultFormats.Json | ResultFormats.Overlay,
        CustomParser = ParseFormats,
    };

    private readonly Option<bool> _numbers = new("--numbers") { Description = "Write each mask's number over it in the overlay" };

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_formats);
        command.Add(_numbers);
    }

    /// <summary>Whether the run writes something about all pictures together that needs the masks of each.</summary>
    public bool NeedsEveryMask(ParseResult parsed) => parsed.GetValue(_formats).HasFlag(ResultFormats.Coco);

    /// <exception cref="ArgumentException">The folder is a file.</exception>
    public ResultFiles Files(ParseResult parsed)
    {
        var folder = parsed.GetValue(_folder)!;
        if (folder.Length == 0)
        {
            throw new ArgumentException($"{_folder.Name}: expected a folder, found nothing.");
        }

        return File.Exists(folder)
            ? throw new ArgumentException($"{_folder.Name}: expected a folder, found the file '{folder}'.")
            : new ResultFiles(folder, parsed.GetValue(_formats), parsed.GetValue(_numbers));
    }

    private static ResultFormats ParseFormats(ArgumentResult argument)
    {
        ResultFormats formats = 0;
        foreach (var name in argument.Tokens[0].Value.Split(','))
        {
            if (!Enum.TryParse<ResultFormats>(name, ignoreCase: true, out var format) || !Enum.IsDefined(format) || int.TryParse(name, out _))
            {
                var known = string.Join(", ", Enum.GetNames<ResultFormats>().Select(known => known.ToLowerInvariant()));
                argument.AddError($"--format: expected some of {known}, found '{name}'.");
                return 0;
            }

            formats |= format;
        }

        return formats;
    }
}
