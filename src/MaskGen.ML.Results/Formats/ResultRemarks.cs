namespace MaskGen.ML.Results;

/// <summary>Counts what a format could not carry, and says it once at the end of a run. Not safe for concurrent use.</summary>
/// <param name="format">Name of the format.</param>
internal sealed class ResultRemarks(string format)
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    /// <summary>What was counted, a line each, such as <c>yolo: empty masks left out: 2</c>.</summary>
    public IEnumerable<string> Sentences => _order.Select(what => FormattableString.Invariant($"{format}: {what}: {_counts[what]}"));

    /// <summary>Counts the empty masks of an image, for formats that have no form for them.</summary>
    public void CountEmpty(MaskSet masks)
    {
        foreach (var _ in masks.Where(mask => mask.Area == 0))
        {
            Count("empty masks left out");
        }
    }

    /// <summary>Counts one more, or several.</summary>
    /// <param name="what">What happened, as a noun in the plural with what was done about it.</param>
    /// <param name="more">How often.</param>
    public void Count(string what, long more = 1)
    {
        if (more == 0)
        {
            return;
        }

        if (_counts.TryAdd(what, 0))
        {
            _order.Add(what);
        }

        _counts[what] += more;
    }
}
