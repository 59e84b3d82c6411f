using System.CommandLine;

namespace MaskGen.ML.Cli.Options;

/// <summary>The files with masks of a run, and how folders are searched for them.</summary>
internal sealed class RecordOptions
{
    private readonly Argument<string[]> _files;

    private readonly Option<bool> _recursive = new("--recursive", "-r")
    {
        Description = "Take folders with all their sub-folders, such as the results of a run over a tree, which is mirrored; links to "
            + "folders are not followed",
    };

    /// <param name="others">What else the files may be, after a list.</param>
    public RecordOptions(string others = "")
    {
        _files = new Argument<string[]>("FILE|FOLDER|GLOB")
        {
            Description = $"Files with masks: records (.masks.json), COCO data sets, LabelMe's annotations{others}; of a folder its "
                + "records, or all its .json files where it has none",
            Arity = ArgumentArity.OneOrMore,
        };
        _files.Validators.Add(result => ImageArguments.Validate(result, "file"));
    }

    /// <summary>Adds the argument.</summary>
    public void AddArgumentTo(Command command) => command.Add(_files);

    /// <summary>Adds the option.</summary>
    public void AddTo(Command command) => command.Add(_recursive);

    /// <summary>What was typed.</summary>
    public IReadOnlyList<string> Arguments(ParseResult parsed) => parsed.GetValue(_files)!;

    /// <summary>Whether folders are taken with their sub-folders.</summary>
    public bool IsRecursive(ParseResult parsed) => parsed.GetValue(_recursive);
}
