using System.Buffers.Binary;

namespace MaskGen.ML.Checkpoints;

/// <summary>Reads the pickle of a torch checkpoint: builds dictionaries, numbers, texts and descriptions of tensors, and executes
/// nothing.</summary>
/// <remarks>A pickle is a program for a stack machine. The opcodes here are those that torch.save uses for a state dict; any other,
/// and any name outside <see cref="TorchPickleGlobals"/>, is refused before it has an effect.
/// Source of the opcodes: CPython, Lib/pickletools.py.</remarks>
internal ref struct TorchPickle
{
    // A tensor takes some thirty steps, and far more bytes than that in the file; a pickle with more is not of a checkpoint.
    private const int FreeSteps = 1 << 16;
    private const int BytesPerStep = 256;

    private static readonly object Mark = new();

    private readonly string _source;
    private readonly long _mostSteps;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private TorchPickleCursor _cursor;
    private long _steps;

    private TorchPickle(ReadOnlySpan<byte> bytes, string source, long fileLength)
    {
        _cursor = new TorchPickleCursor(bytes, source, fileLength);
        _source = source;
        _mostSteps = FreeSteps + (fileLength / BytesPerStep);
    }

    /// <summary>Reads a pickle.</summary>
    /// <param name="bytes">The pickle, protocols 2 to 5.</param>
    /// <param name="source">Name for messages.</param>
    /// <param name="fileLength">Bytes of the whole file; bounds how much the pickle may build.</param>
    /// <returns>Null, a number, a text, a tuple (array), a list, a <see cref="TorchDictionary"/> or a <see cref="TorchTensor"/>.</returns>
    /// <exception cref="CheckpointFormatException">The pickle is damaged, or asks for something that is not permitted; names
    /// what.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes, string source, long fileLength) =>
        new TorchPickle(bytes, source, fileLength).Run();

    private object? Run()
    {
        while (true)
        {
            if (++_steps > _mostSteps)
            {
                throw Defect($"expected at most {_mostSteps} steps for a file of this size, found more");
            }

            var opcode = _cursor.Byte();
            if (opcode == (byte)'.')
            {
                return Pop();
            }

            if (!Literal(opcode) && !Structure(opcode) && !Memo(opcode) && !Call(opcode))
            {
                var shown = opcode is >= 0x20 and < 0x7f ? $"'{(char)opcode}'" : $"0x{opcode:x2}";
                throw Defect($"expected the opcodes of a state dict, found {shown} at byte {_cursor.Position - 1}, which is refused");
            }
        }
    }

    private bool Literal(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'N':
                Push(null);
                return true;
            case 0x88:
                Push(true);
                return true;
            case 0x89:
                Push(false);
                return true;
            case (byte)'K':
                Push((long)_cursor.Byte());
                return true;
            case (byte)'M':
                Push((long)_cursor.UInt16());
                return true;
            case (byte)'J':
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(_cursor.Bytes(4)));
                return true;
            case 0x8a:
                Push(_cursor.Long(_cursor.Byte()));
                return true;
            case (byte)'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(_cursor.Bytes(8)));
                return true;
            case (byte)'X':
                Push(_cursor.Text(_cursor.UInt32()));
                return true;
            case 0x8c:
                Push(_cursor.Text(_cursor.Byte()));
                return true;
            default:
                return false;
        }
    }

    private bool Structure(byte opcode)
    {
        switch (opcode)
        {
            case 0x80:
                CheckProtocol(_cursor.Byte());
                return true;
            case 0x95:
                // A frame only says how much to read ahead.
                _cursor.Bytes(8);
                return true;
            case (byte)'(':
                Push(Mark);
                return true;
            case (byte)')':
                Push(Array.Empty<object?>());
                return true;
            case (byte)']':
                Push(new List<object?>());
                return true;
            case (byte)'}':
                Push(new TorchDictionary());
                return true;
            case (byte)'t':
                Push(PopToMark());
                return true;
            case >= 0x85 and <= 0x87:
                Push(PopMany(opcode - 0x84));
                return true;
            case (byte)'a':
                Append(PopMany(1));
                return true;
            case (byte)'e':
                Append(PopToMark());
                return true;
            case (byte)'s':
                SetItems(PopMany(2));
                return true;
            case (byte)'u':
                SetItems(PopToMark());
                return true;
            default:
                return false;
        }
    }

    private bool Memo(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q':
                _memo[_cursor.Byte()] = Peek();
                return true;
            case (byte)'r':
                _memo[_cursor.UInt32()] = Peek();
                return true;
            case 0x94:
                _memo[(uint)_memo.Count] = Peek();
                return true;
            case (byte)'h':
                Push(Remember(_cursor.Byte()));
                return true;
            case (byte)'j':
                Push(Remember(_cursor.UInt32()));
                return true;
            default:
                return false;
        }
    }

    private bool Call(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'c':
                Push(Global(_cursor.Line(), _cursor.Line()));
                return true;
            case 0x93:
                var name = Pop() as string;
                Push(Global(Pop() as string ?? string.Empty, name ?? string.Empty));
                return true;
            case (byte)'Q':
                Push(TorchPickleBuilder.Storage(Pop(), _source));
                return true;
            case (byte)'R':
                var arguments = Pop();
                Push(TorchPickleBuilder.Call(Pop(), arguments, _source));
                return true;
            case (byte)'b':
                // The state of a state dict is the table of versions of its modules, of no use here.
                Pop();
                if (Peek() is not TorchDictionary)
                {
                    throw Defect("expected a state for a dictionary only, found one for something else, which is refused");
                }

                return true;
            default:
                return false;
        }
    }

    private readonly void CheckProtocol(byte protocol)
    {
        if (protocol is < 2 or > 5)
        {
            throw Defect($"expected protocol 2 to 5, found {protocol}");
        }
    }

    private readonly TorchGlobalReference Global(string module, string name) =>
        TorchPickleGlobals.Find(module, name)
        ?? throw Defect(
            $"it asks for '{CheckpointText.Shorten($"{module}.{name}")}', which a checkpoint has no business with; refused, nothing was executed");

    private readonly void Append(object?[] values)
    {
        if (Peek() is not List<object?> list)
        {
            throw Defect("expected a list to append to, found something else");
        }

        list.AddRange(values);
    }

    private readonly void SetItems(object?[] keysAndValues)
    {
        if (Peek() is not TorchDictionary dictionary || keysAndValues.Length % 2 != 0)
        {
            throw Defect("expected a dictionary and pairs of key and value, found something else");
        }

        for (var i = 0; i < keysAndValues.Length; i += 2)
        {
            if (keysAndValues[i] is string key)
            {
                dictionary.Items[key] = keysAndValues[i + 1];
            }
        }
    }

    private readonly void Push(object? value) => _stack.Add(value);

    private readonly object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly object? Peek() => _stack.Count > 0 && !ReferenceEquals(_stack[^1], Mark)
        ? _stack[^1]
        : throw Defect("expected a value on its stack, found none");

    private readonly object?[] PopMany(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private readonly object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw Defect("expected a mark on its stack, found none");
        }

        var values = _stack[(mark + 1)..].ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private readonly object? Remember(uint index) =>
        _memo.TryGetValue(index, out var value) ? value : throw Defect($"expected value {index} in its memory, found none");

    private readonly CheckpointFormatException Defect(string what) => new(_source, $"pickle: {what}.");
}
