namespace MaskGen.ML.Checkpoints;

/// <summary>The stack of a pickle's machine, with the marks that tell where a run of values begins.</summary>
/// <param name="source">Name of the file, for messages.</param>
internal sealed class TorchPickleStack(string source)
{
    private static readonly object Mark = new();

    private readonly List<object?> _values = [];

    public void Push(object? value) => _values.Add(value);

    public void PushMark() => _values.Add(Mark);

    public object? Peek() => _values.Count > 0 && !ReferenceEquals(_values[^1], Mark)
        ? _values[^1]
        : throw Defect("a value on its stack");

    public object? Pop()
    {
        var value = Peek();
        _values.RemoveAt(_values.Count - 1);
        return value;
    }

    /// <summary>Removes the topmost value or mark.</summary>
    public void Discard()
    {
        if (_values.Count == 0)
        {
            throw Defect("a value on its stack");
        }

        _values.RemoveAt(_values.Count - 1);
    }

    public object?[] PopMany(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    /// <summary>Takes the values above the topmost mark, and the mark.</summary>
    public object?[] PopToMark()
    {
        var mark = _values.Count - 1;
        while (mark >= 0 && !ReferenceEquals(_values[mark], Mark))
        {
            mark--;
        }

        if (mark < 0)
        {
            throw Defect("a mark on its stack");
        }

        var values = _values[(mark + 1)..].ToArray();
        _values.RemoveRange(mark, _values.Count - mark);
        return values;
    }

    private CheckpointFormatException Defect(string expected) => new(source, $"pickle: expected {expected}, found none.");
}
