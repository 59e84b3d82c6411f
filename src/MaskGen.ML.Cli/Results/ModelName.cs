using MaskGen.ML.Models;

namespace MaskGen.ML.Cli.Results;

/// <summary>The name of a model as results carry it: never a path, which would tell where on somebody's machine the model was.</summary>
internal static class ModelName
{
    private static readonly char[] Separators = ['/', '\\'];

    public static string Of(Sam2Model model) => PathFree(model.Name);

    /// <summary>The last part of a path; a name of a repository, which has a slash, as it is.</summary>
    internal static string PathFree(string name)
    {
        var isRepository = name.Count(Separators.Contains) == 1 && name.Contains('/', StringComparison.Ordinal)
            && !name.StartsWith('/') && !name.EndsWith('/') && !Sam2ModelFiles.LooksLikePath(name) && !Path.Exists(name);
        if (isRepository || name.IndexOfAny(Separators) < 0 && name is not ("." or ".."))
        {
            return name;
        }

        var last = name.TrimEnd(Separators).Split(Separators)[^1];
        return last is "" or "." or ".." ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(name))) : last;
    }
}
