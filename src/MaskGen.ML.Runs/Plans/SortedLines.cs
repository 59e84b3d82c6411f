namespace MaskGen.ML.Runs;

/// <summary>Sorts more lines than memory holds: by key, character by character.</summary>
/// <param name="folder">Where those go that have no room; must exist.</param>
/// <param name="linesInMemory">How many are held.</param>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class SortedLines(string folder, int linesInMemory = 500_000) : IDisposable
{
    private readonly List<(string Key, string Line)> _lines = [];
    private readonly List<string> _files = [];

    /// <summary>Adds a line.</summary>
    public void Add(string key, string line)
    {
        _lines.Add((key, line));
        if (_lines.Count >= linesInMemory)
        {
            Spill();
        }
    }

    /// <summary>All lines, sorted. Can be read once.</summary>
    public IEnumerable<(string Key, string Line)> Read()
    {
        Sort();
        var readers = _files.Select(LinesOf).Append(_lines).Select(lines => lines.GetEnumerator()).ToList();
        try
        {
            var next = new PriorityQueue<int, string>(StringComparer.Ordinal);
            for (var i = 0; i < readers.Count; i++)
            {
                Advance(i);
            }

            while (next.TryDequeue(out var reader, out _))
            {
                yield return readers[reader].Current;
                Advance(reader);
            }

            void Advance(int reader)
            {
                if (readers[reader].MoveNext())
                {
                    next.Enqueue(reader, readers[reader].Current.Key);
                }
            }
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    public void Dispose() => _files.ForEach(File.Delete);

    private static IEnumerable<(string Key, string Line)> LinesOf(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            yield return (reader.ReadString(), reader.ReadString());
        }
    }

    private void Sort() => _lines.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));

    private void Spill()
    {
        Sort();
        var path = Path.Combine(folder, $"sorted-{_files.Count}");
        _files.Add(path);
        using var writer = new BinaryWriter(File.Create(path));
        foreach (var (key, line) in _lines)
        {
            writer.Write(key);
            writer.Write(line);
        }

        _lines.Clear();
    }
}
