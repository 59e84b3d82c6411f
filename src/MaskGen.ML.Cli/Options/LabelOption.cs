using System.CommandLine;

namespace MaskGen.ML.Cli.Options;

/// <summary>The option that says what all objects are.</summary>
internal sealed class LabelOption
{
    private readonly Option<string?> _label = new("--label")
    {
        Description = "Gives every mask this label: the category in COCO, and shown beside it", HelpName = "NAME",
    };

    public void AddTo(Command command) => command.Add(_label);

    /// <summary>The label; null for none.</summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public string? Read(ParseResult parsed) => parsed.GetValue(_label) is not { } label ? null
        : label.Trim() is { Length: > 0 } text ? text
        : throw new ArgumentException($"{_label.Name}: expected a name such as cat, found nothing.");
}
