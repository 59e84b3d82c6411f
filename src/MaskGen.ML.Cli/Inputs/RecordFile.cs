using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>A file with masks of images.</summary>
/// <param name="Path">The file, as it is opened and as people are told of it.</param>
/// <param name="Folder">The folder that it lies in, below the folder that was given or the part of a pattern that has no wildcards, with
/// slashes; empty for that itself, and for a file that was given by itself.</param>
internal sealed record RecordFile(string Path, string Folder)
{
    /// <summary>The path of an image, with slashes, that its results are named after.</summary>
    /// <param name="image">Its name, as the file has it.</param>
    /// <returns>The name below the folder of the file. Records in a tree of results name their images from its top, so what the folder of
    /// the file and that of the image share is there once. A name that leads out of the folder, or is a path by itself, counts
    /// without its folders.</returns>
    public string NameOf(string image)
    {
        string[] parts = [.. Parts(image).Where(part => part is not "" and not ".")];
        var (own, folders) = (parts.SkipLast(1).ToArray(), Parts(Folder));
        var name = Parts(image)[^1];
        if (System.IO.Path.IsPathRooted(image) || own.Contains(".."))
        {
            return ResultNames.Below(Folder, name);
        }

        var shared = Math.Min(own.Length, folders.Length);
        while (!folders.AsSpan(folders.Length - shared).SequenceEqual(own.AsSpan(0, shared)))
        {
            shared--;
        }

        return string.Join('/', folders.Concat(own.Skip(shared)).Where(part => part.Length > 0).Append(name));
    }

    /// <summary>Whether the file lies where the results of an image go in a tree of results: in folders of the same names.</summary>
    /// <param name="image">Name of the image, as the file has it.</param>
    public bool IsInFolderOf(string image)
    {
        var own = Parts(ResultNames.FolderOf(image));
        var folders = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!.Split(System.IO.Path.DirectorySeparatorChar);
        return folders.Length >= own.Length && folders.AsSpan(folders.Length - own.Length).SequenceEqual(own);
    }

    private static string[] Parts(string path) => path.Split('/', System.IO.Path.DirectorySeparatorChar);
}
