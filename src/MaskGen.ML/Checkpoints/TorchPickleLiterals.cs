using System.Buffers.Binary;

namespace MaskGen.ML.Checkpoints;

/// <summary>The opcodes of a pickle that stand for one value each.</summary>
internal static class TorchPickleLiterals
{
    /// <summary>Reads the argument of an opcode that stands for a value.</summary>
    /// <param name="opcode">The opcode, which has been read.</param>
    /// <param name="cursor">Stands behind it.</param>
    /// <param name="value">Null, a bool, a long, a double, a string, or <see cref="TorchPlaceholder.PassedOver"/>.</param>
    /// <returns>Whether it is such an opcode.</returns>
    public static bool TryRead(byte opcode, ref TorchPickleCursor cursor, out object? value) =>
        TryReadNumber(opcode, ref cursor, out value) || TryReadText(opcode, ref cursor, out value);

    private static bool TryReadNumber(byte opcode, ref TorchPickleCursor cursor, out object? value)
    {
        switch (opcode)
        {
            case (byte)'N':
                value = null;
                return true;
            case 0x88:
                value = true;
                return true;
            case 0x89:
                value = false;
                return true;
            case (byte)'K':
                value = (long)cursor.Byte();
                return true;
            case (byte)'M':
                value = (long)cursor.UInt16();
                return true;
            case (byte)'J':
                value = (long)BinaryPrimitives.ReadInt32LittleEndian(cursor.Bytes(sizeof(int)));
                return true;
            case 0x8a:
                value = cursor.Long(cursor.Byte()) ?? TorchPlaceholder.PassedOver;
                return true;
            case 0x8b:
                value = cursor.Long(cursor.UInt32()) ?? TorchPlaceholder.PassedOver;
                return true;
            case (byte)'G':
                value = BinaryPrimitives.ReadDoubleBigEndian(cursor.Bytes(sizeof(double)));
                return true;
            default:
                value = null;
                return false;
        }
    }

    // Bytes are passed over: they hold neither names nor numbers of a tensor.
    private static bool TryReadText(byte opcode, ref TorchPickleCursor cursor, out object? value)
    {
        value = TorchPlaceholder.PassedOver;
        switch (opcode)
        {
            case (byte)'X' or (byte)'T':
                value = cursor.Text(cursor.UInt32()) ?? value;
                return true;
            case 0x8c or (byte)'U':
                value = cursor.Text(cursor.Byte()) ?? value;
                return true;
            case 0x8d:
                value = cursor.Text(cursor.UInt64()) ?? value;
                return true;
            case (byte)'C':
                cursor.Skip(cursor.Byte());
                return true;
            case (byte)'B':
                cursor.Skip(cursor.UInt32());
                return true;
            case 0x8e or 0x96:
                cursor.Skip(cursor.UInt64());
                return true;
            default:
                return false;
        }
    }
}
