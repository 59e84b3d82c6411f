namespace MaskGen.ML.Web;

/// <summary>Keeps what was used last, up to a number of bytes.</summary>
/// <param name="limit">Most bytes that are kept.</param>
/// <param name="dropped">Called, outside of any lock, with what is given up; null for nothing.</param>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ByteLimitedCache<TKey, TValue>(long limit, Action<TValue>? dropped = null)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, LinkedListNode<CacheEntry>> _entries = [];
    private readonly LinkedList<CacheEntry> _byUse = [];

    /// <summary>Bytes that are kept.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return field;
            }
        }

        private set;
    }

    /// <summary>How many values are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The value of a key, which then counts as used; false where there is none.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="use">Called with the value before another thread can drop it; null for nothing.</param>
    public bool TryGet(TKey key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TValue value, Action<TValue>? use = null)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var node))
            {
                value = default;
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            value = node.Value.Value;
            use?.Invoke(value);
            return true;
        }
    }

    /// <summary>Keeps a value; one that is larger than the limit is dropped at once.</summary>
    /// <param name="key">The key; what it had before is dropped.</param>
    /// <param name="value">The value.</param>
    /// <param name="bytes">What it takes.</param>
    public void Set(TKey key, TValue value, long bytes)
    {
        var gone = new List<TValue>();
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var before))
            {
                Remove(before, gone);
            }

            var node = _byUse.AddFirst(new CacheEntry(key, value, bytes));
            _entries[key] = node;
            Bytes += bytes;
            while (Bytes > limit && _byUse.Last is { } last)
            {
                Remove(last, gone);
            }
        }

        if (dropped is not null)
        {
            gone.ForEach(dropped);
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        var gone = new List<TValue>();
        lock (_lock)
        {
            while (_byUse.Last is { } last)
            {
                Remove(last, gone);
            }
        }

        if (dropped is not null)
        {
            gone.ForEach(dropped);
        }
    }

    private void Remove(LinkedListNode<CacheEntry> node, List<TValue> gone)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        Bytes -= node.Value.Bytes;
        gone.Add(node.Value.Value);
    }

    private readonly record struct CacheEntry(TKey Key, TValue Value, long Bytes);
}
