using System.CommandLine;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Options;

/// <summary>The images of a run, and how folders are searched for them.</summary>
internal sealed class InputOptions
{
    private readonly Argument<string[]> _inputs = new("IMAGE|FOLDER|GLOB")
    {
        Description = "Images, folders of images, or patterns such as 'photos/*.jpg' or 'photos/**/*.jpg', where ** is any folders",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _recursive = new("--recursive", "-r")
    {
        Description = "Take folders with all their sub-folders, which are mirrored under --out; links to folders are not followed",
    };

    public InputOptions() => _inputs.Validators.Add(ImageArguments.Validate);

    /// <summary>Whether one thing was given that is neither a folder nor a pattern; then it is meant as it is.</summary>
    public bool IsOneFile(ParseResult parsed, out string path)
    {
        var inputs = parsed.GetValue(_inputs)!;
        path = inputs[0];
        return inputs.Length == 1 && !Directory.Exists(path) && (!PathPattern.HasWildcards(path) || File.Exists(path));
    }

    /// <summary>Adds the argument.</summary>
    public void AddArgumentTo(Command command) => command.Add(_inputs);

    /// <summary>Adds the option.</summary>
    public void AddTo(Command command) => command.Add(_recursive);

    /// <summary>The images.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="resultFolder">The folder of the results, which is not searched.</param>
    /// <param name="fail">Receives an error.</param>
    /// <param name="say">Receives a line about what is passed over.</param>
    public IReadOnlyList<InputFile> Files(ParseResult parsed, string resultFolder, Action<string> fail, Action<string> say) =>
        InputFiles.Expand(parsed.GetValue(_inputs)!, new InputSearch(parsed.GetValue(_recursive), resultFolder), fail, say);
}
