using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Pickles as torch.save does, protocol 2: texts, numbers, lists (object?[]), dictionaries (<see cref="Items"/>), tensors, and
/// opcodes as they are (<see cref="Opcodes"/>).</summary>
internal sealed class TorchPickleWriter(IReadOnlyDictionary<string, TorchFile.Storage> storages)
{
    private readonly MemoryStream _stream = new();

    /// <summary>A dictionary.</summary>
    public sealed record Items(params (object Key, object? Value)[] Pairs);

    /// <summary>A tuple.</summary>
    public sealed record Tuple(params object?[] Values);

    /// <summary>Opcodes in Latin-1 that leave one value on the stack.</summary>
    public sealed record Opcodes(string Text);

    /// <summary>An object of a class: its attributes are set without a call.</summary>
    public sealed record Instance(string Module, string Name, object? State);

    /// <summary>The storage of a key.</summary>
    public sealed record StorageId(string Key);

    /// <summary>A call of a name.</summary>
    public sealed record Call(string Module, string Name, params object?[] Arguments);

    public static byte[] Write(object? root, IReadOnlyDictionary<string, TorchFile.Storage> storages)
    {
        var writer = new TorchPickleWriter(storages);
        writer._stream.Write([0x80, 2]);
        writer.Value(root);
        writer.Ascii(".");
        return writer._stream.ToArray();
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null:
                Ascii("N");
                break;
            case bool flag:
                _stream.WriteByte(flag ? (byte)0x88 : (byte)0x89);
                break;
            case int or long:
                Number(Convert.ToInt64(value, null));
                break;
            case double number:
                Span<byte> bytes = stackalloc byte[8];
                BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
                Ascii("G");
                _stream.Write(bytes);
                break;
            case string text:
                Text(text);
                break;
            case Items items:
                Ascii("}(");
                foreach (var (key, item) in items.Pairs)
                {
                    Value(key);
                    Value(item);
                }

                Ascii("u");
                break;
            case Tuple tuple:
                TupleOf(tuple.Values);
                break;
            case object?[] list:
                Ascii("](");
                Array.ForEach(list, Value);
                Ascii("e");
                break;
            case Opcodes opcodes:
                _stream.Write(Encoding.Latin1.GetBytes(opcodes.Text));
                break;
            case Instance instance:
                Ascii($"c{instance.Module}\n{instance.Name}\n)\u0081");
                Value(instance.State);
                Ascii("b");
                break;
            case Call call:
                Ascii($"c{call.Module}\n{call.Name}\n");
                TupleOf(call.Arguments);
                Ascii("R");
                break;
            case StorageId id:
                StorageOf(storages[id.Key]);
                break;
            case TorchFile.Tensor tensor:
                TensorOf(tensor);
                break;
            default:
                throw new ArgumentException($"no pickle for {value.GetType()}", nameof(value));
        }
    }

    private void TensorOf(TorchFile.Tensor tensor)
    {
        Ascii("ctorch._utils\n_rebuild_tensor_v2\n(");
        StorageOf(storages[tensor.StorageKey]);
        Number(tensor.Offset);
        TupleOf([.. tensor.Shape.Select(s => (object?)(long)s)]);
        TupleOf([.. tensor.Strides.Select(s => (object?)s)]);
        _stream.WriteByte(0x89);
        Ascii("ccollections\nOrderedDict\n)RtR");
    }

    private void StorageOf(TorchFile.Storage storage)
    {
        Ascii("(");
        Text("storage");
        Ascii($"ctorch\n{storage.Type}\n");
        Text(storage.Key);
        Text("cpu");
        Number(storage.Count);
        if (storage.IsLegacy)
        {
            Ascii("N");
        }

        Ascii("tQ");
    }

    private void TupleOf(object?[] values)
    {
        Ascii("(");
        Array.ForEach(values, Value);
        Ascii("t");
    }

    private void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Ascii("X");
        _stream.Write(length);
        _stream.Write(bytes);
    }

    private void Number(long number)
    {
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(wide, number);
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            Ascii("J");
            _stream.Write(wide[..4]);
            return;
        }

        _stream.Write([0x8a, 8]);
        _stream.Write(wide);
    }

    private void Ascii(string opcodes) => _stream.Write(Encoding.Latin1.GetBytes(opcodes));
}
