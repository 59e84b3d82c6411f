namespace MaskGen.ML.Checkpoints;

/// <summary>What a pickle describes.</summary>
/// <param name="Root">Null, a number, a text, a tuple (array), a list, a <see cref="TorchDictionary"/>, a <see cref="TorchTensor"/>, a
/// <see cref="TorchPlaceholder"/> or a <see cref="TorchGlobalReference"/>.</param>
/// <param name="Storages">Storages by their keys.</param>
/// <param name="Length">Bytes of the pickle, its end included.</param>
internal sealed record TorchPickleContent(object? Root, IReadOnlyDictionary<string, TorchStorage> Storages, int Length);

/// <summary>Reads the pickle of a torch checkpoint: builds dictionaries, lists, numbers, texts and descriptions of tensors, puts a
/// placeholder in the place of every other object, and executes nothing.</summary>
/// <remarks>A pickle is a program for a stack machine. Names are never looked up, imported or called; those that only a pickle that means
/// harm asks for are refused by name. Source of the opcodes: CPython, Lib/pickletools.py.</remarks>
internal ref struct TorchPickle
{
    // A tensor takes some thirty steps, and far more bytes than that in the file; a pickle with more is not of a checkpoint.
    private const int FreeSteps = 98_304;
    private const int BytesPerStep = 256;

    private readonly string _source;
    private readonly long _mostSteps;
    private readonly TorchPickleStack _stack;
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly Dictionary<string, TorchStorage> _storages = [];
    private TorchPickleCursor _cursor;
    private long _steps;

    private TorchPickle(ReadOnlySpan<byte> bytes, string source, long fileLength)
    {
        _cursor = new TorchPickleCursor(bytes, source, fileLength);
        _source = source;
        _mostSteps = FreeSteps + (fileLength / BytesPerStep);
        _stack = new TorchPickleStack(source);
    }

    /// <summary>Reads a pickle.</summary>
    /// <param name="bytes">The pickle, protocols 2 to 5; may go on behind its end.</param>
    /// <param name="source">Name for messages.</param>
    /// <param name="fileLength">Bytes of the whole file; bounds how much the pickle may build.</param>
    /// <exception cref="CheckpointFormatException">The pickle is damaged, or contains a global that runs code; names it.</exception>
    public static TorchPickleContent Read(ReadOnlySpan<byte> bytes, string source, long fileLength) =>
        new TorchPickle(bytes, source, fileLength).Run();

    private TorchPickleContent Run()
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
                return new TorchPickleContent(_stack.Pop(), _storages, _cursor.Position);
            }

            if (TorchPickleLiterals.TryRead(opcode, ref _cursor, out var literal))
            {
                _stack.Push(literal);
            }
            else if (!Collection(opcode) && !Fill(opcode) && !Memo(opcode) && !Call(opcode))
            {
                var shown = opcode is >= 0x20 and < 0x7f ? $"'{(char)opcode}'" : $"0x{opcode:x2}";
                throw Defect($"expected the opcodes of a checkpoint, found {shown} at byte {_cursor.Position - 1}, which is refused");
            }
        }
    }

    private bool Collection(byte opcode)
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
                _stack.PushMark();
                return true;
            case (byte)')':
                _stack.Push(Array.Empty<object?>());
                return true;
            case (byte)']' or 0x8f:
                _stack.Push(new List<object?>());
                return true;
            case (byte)'}':
                _stack.Push(new TorchDictionary());
                return true;
            case (byte)'t' or 0x91:
                _stack.Push(_stack.PopToMark());
                return true;
            case (byte)'l':
                _stack.Push(new List<object?>(_stack.PopToMark()));
                return true;
            case (byte)'d':
                var items = _stack.PopToMark();
                _stack.Push(new TorchDictionary());
                SetItems(items);
                return true;
            case >= 0x85 and <= 0x87:
                _stack.Push(_stack.PopMany(opcode - 0x84));
                return true;
            default:
                return false;
        }
    }

    private readonly bool Fill(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'a':
                Append(_stack.PopMany(1));
                return true;
            case (byte)'e' or 0x90:
                Append(_stack.PopToMark());
                return true;
            case (byte)'s':
                SetItems(_stack.PopMany(2));
                return true;
            case (byte)'u':
                SetItems(_stack.PopToMark());
                return true;
            case (byte)'0':
                _stack.Discard();
                return true;
            case (byte)'1':
                _stack.PopToMark();
                return true;
            case (byte)'2':
                _stack.Push(_stack.Peek());
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
                _memo[_cursor.Byte()] = _stack.Peek();
                return true;
            case (byte)'r':
                _memo[_cursor.UInt32()] = _stack.Peek();
                return true;
            case 0x94:
                _memo[(uint)_memo.Count] = _stack.Peek();
                return true;
            case (byte)'h':
                _stack.Push(Remember(_cursor.Byte()));
                return true;
            case (byte)'j':
                _stack.Push(Remember(_cursor.UInt32()));
                return true;
            default:
                return false;
        }
    }

    private bool Call(byte opcode)
    {
        object? arguments;
        switch (opcode)
        {
            case (byte)'c':
                _stack.Push(Global(_cursor.Line(), _cursor.Line()));
                return true;
            case 0x93:
                var name = _stack.Pop() as string;
                _stack.Push(Global(_stack.Pop() as string ?? string.Empty, name ?? string.Empty));
                return true;
            case (byte)'Q':
                Persistent(_stack.Pop());
                return true;
            case (byte)'R' or 0x81:
                arguments = _stack.Pop();
                _stack.Push(TorchPickleBuilder.Call(_stack.Pop(), arguments, _source));
                return true;
            case 0x92:
                // Arguments with names tell nothing of a tensor.
                _stack.Pop();
                arguments = _stack.Pop();
                _stack.Push(TorchPickleBuilder.Call(_stack.Pop(), arguments, _source));
                return true;
            case (byte)'i':
                var callable = Global(_cursor.Line(), _cursor.Line());
                _stack.Push(TorchPickleBuilder.Call(callable, _stack.PopToMark(), _source));
                return true;
            case (byte)'o':
                var values = _stack.PopToMark();
                _stack.Push(TorchPickleBuilder.Call(values.FirstOrDefault(), values.Skip(1).ToArray(), _source));
                return true;
            case (byte)'b':
                var state = _stack.Pop();
                TorchPickleBuilder.SetState(_stack.Peek(), state, _source);
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

    private readonly TorchGlobalReference Global(string module, string name) => !TorchPickleGlobals.IsDangerous(module, name)
        ? TorchPickleGlobals.Find(module, name)
        : throw Defect(
            $"it contains the disallowed global '{CheckpointText.Shorten($"{module}.{name}")}', which runs code or reaches the system; the "
            + "file was not loaded, and nothing was executed");

    // Besides storages, files of the older form have the classes of whole modules so, with their source code.
    private readonly void Persistent(object? id)
    {
        if (id is object?[] { Length: >= 2 } parts && parts[0] is "module")
        {
            _stack.Push(parts[1]);
            return;
        }

        var storage = TorchPickleBuilder.Storage(id, _source);
        _storages[storage.Key] = storage;
        _stack.Push(storage);
    }

    private readonly void Append(object?[] values)
    {
        var list = _stack.Peek() switch
        {
            List<object?> found => found,
            TorchPlaceholder placeholder => placeholder.Elements ??= [],
            _ => throw Defect("expected a list to append to, found something else"),
        };
        list.AddRange(values);
    }

    private readonly void SetItems(object?[] keysAndValues)
    {
        var dictionary = _stack.Peek() switch
        {
            TorchDictionary found => found,
            TorchPlaceholder placeholder => placeholder.Items ??= new TorchDictionary(),
            _ => throw Defect("expected a dictionary to fill, found something else"),
        };
        if (keysAndValues.Length % 2 != 0)
        {
            throw Defect("expected pairs of key and value for a dictionary, found an odd number of values");
        }

        for (var i = 0; i < keysAndValues.Length; i += 2)
        {
            dictionary.Set(keysAndValues[i], keysAndValues[i + 1]);
        }
    }

    private readonly object? Remember(uint index) =>
        _memo.TryGetValue(index, out var value) ? value : throw Defect($"expected value {index} in its memory, found none");

    private readonly CheckpointFormatException Defect(string what) => new(_source, $"pickle: {what}.");
}
