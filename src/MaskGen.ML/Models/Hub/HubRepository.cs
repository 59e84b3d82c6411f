using System.Text.RegularExpressions;

namespace MaskGen.ML.Models;

/// <summary>A repository and a revision, checked so that neither can lead out of the cache folder or change an address.</summary>
internal sealed partial record HubRepository
{
    public const string DefaultRevision = "main";

    private const string FolderPrefix = "models--";
    private const int LongestName = 96;
    private const int LongestRevision = 255;

    /// <summary>Checks both.</summary>
    /// <exception cref="ArgumentException">One of them is no name that a hub gives.</exception>
    public HubRepository(string name, string? revision)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > LongestName
            || !NamePattern().IsMatch(name)
            || name.Contains("--", StringComparison.Ordinal)
            || name.Contains("..", StringComparison.Ordinal)
            || name.Split('/').Any(part => part.EndsWith('.')))
        {
            throw new ArgumentException(
                $"Expected the name of a repository such as facebook/sam2-hiera-tiny, found '{HubText.Shown(name)}'.", nameof(name));
        }

        revision ??= DefaultRevision;
        if (revision.Length > LongestRevision
            || !RevisionPattern().IsMatch(revision)
            || revision.Contains("..", StringComparison.Ordinal)
            || revision.Split('/').Any(part => HubNames.IsDevice(part) || part.EndsWith('.')))
        {
            throw new ArgumentException(
                $"Expected a branch, tag or commit such as main, found '{HubText.Shown(revision)}'.", nameof(revision));
        }

        Name = Sam2OfficialModel.Find(name)?.Name ?? name;
        Revision = revision;
    }

    public string Name { get; }

    public string Revision { get; init; }

    /// <summary>Which precision of a model in ONNX is meant; null for a checkpoint, or float32 where there is none.</summary>
    public Sam2OnnxPrecision? Precision { get; init; }

    /// <summary>Name of the repository's folder in the cache.</summary>
    public string FolderName => FolderPrefix + Name.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Whether a text is a commit, which never changes what it stands for.</summary>
    public static bool IsCommit(string text) => CommitPattern().IsMatch(text);

    /// <summary>The name that a folder of the cache stands for, or null.</summary>
    public static string? NameOf(string folderName) =>
        folderName.StartsWith(FolderPrefix, StringComparison.Ordinal)
            ? folderName[FolderPrefix.Length..].Replace("--", "/", StringComparison.Ordinal)
            : null;

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*\z")]
    private static partial Regex RevisionPattern();

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex CommitPattern();
}
