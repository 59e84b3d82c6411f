namespace MaskGen.ML.Masks;

/// <summary>Items that hang together, found by joining two at a time. Not safe for concurrent use.</summary>
/// <param name="count">Number of items; each begins as a set of its own.</param>
internal sealed class DisjointSets(int count)
{
    private readonly int[] _parents = [.. Enumerable.Range(0, count)];

    /// <summary>The first item of the set that an item belongs to: its name.</summary>
    public int Root(int item)
    {
        while (_parents[item] != item)
        {
            _parents[item] = _parents[_parents[item]];
            item = _parents[item];
        }

        return item;
    }

    /// <summary>Makes one set of those of two items.</summary>
    public void Join(int first, int second)
    {
        (first, second) = (Root(first), Root(second));
        _parents[Math.Max(first, second)] = Math.Min(first, second);
    }
}
