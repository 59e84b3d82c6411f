namespace MaskGen.ML.Cli.Inputs;

/// <summary>An image file of a run.</summary>
/// <param name="Path">The file, as it is opened and as people are told of it.</param>
/// <param name="Name">What its results are named after: its path below the folder that was given, or below the part of a pattern that has
/// no wildcards, with slashes; of a file that was given by itself, its file name.</param>
internal sealed record InputFile(string Path, string Name)
{
    /// <summary>Which image of the file, from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>A file that was given by itself.</summary>
    public static InputFile Alone(string path) => new(path, System.IO.Path.GetFileName(path));

    /// <summary>The full path of the folder that <see cref="Name"/> is relative to; null where that is above every folder.</summary>
    public string? Root()
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path));
        for (var levels = Name.Count(character => character == '/'); levels > 0 && folder is not null; levels--)
        {
            folder = System.IO.Path.GetDirectoryName(folder);
        }

        return folder;
    }
}
