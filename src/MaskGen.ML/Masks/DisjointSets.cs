namespace MaskGen.ML.Masks;

/// <summary>Union-find: sets of connected items, merged two at a time. Not safe for concurrent use.</summary>
/// <param name="count">Number of items, each in its own set at first.</param>
internal sealed class DisjointSets(int count)
{
    private readonly int[] _parents = [.. Enumerable.Range(0, count)];

    /// <summary>The first item of the set that an item belongs to, which identifies the set.</summary>
    public int Root(int item)
    {
        while (_parents[item] != item)
        {
            _parents[item] = _parents[_parents[item]];
            item = _parents[item];
        }

        return item;
    }

    /// <summary>Merges the sets of two items.</summary>
    public void Join(int first, int second)
    {
        (first, second) = (Root(first), Root(second));
        _parents[Math.Max(first, second)] = Math.Min(first, second);
    }
}
