namespace MaskGen.ML.Checkpoints;

/// <summary>Says in a line what the tensors of a file are called.</summary>
internal static class TensorNameSummary
{
    private const int MostGroups = 6;

    /// <summary>The prefixes of names with how often each is there, or null without names.</summary>
    public static string? Describe(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
        {
            return null;
        }

        // Below a prefix that all of them have, a level deeper tells more.
        var prefix = string.Empty;
        var groups = Group(names, prefix);
        while (groups is [{ Key: var only }] && only.EndsWith('.'))
        {
            prefix = only;
            groups = Group(names, prefix);
        }

        var shown = groups.Take(MostGroups).Select(group => group.Key.EndsWith('.')
            ? $"{group.Count()} under '{CheckpointText.Shorten(group.Key)}' (such as '{CheckpointText.Shorten(group.First())}')"
            : $"'{CheckpointText.Shorten(group.Key)}'");
        return $"{names.Count} tensors: {string.Join(", ", shown)}{(groups.Count > MostGroups ? ", and others" : string.Empty)}";
    }

    // By the prefix and one more part.
    private static List<IGrouping<string, string>> Group(IReadOnlyCollection<string> names, string prefix) =>
    [
        .. names.GroupBy(name => name.IndexOf('.', prefix.Length) is >= 0 and var dot ? name[..(dot + 1)] : name)
            .OrderByDescending(group => group.Count()),
    ];
}
