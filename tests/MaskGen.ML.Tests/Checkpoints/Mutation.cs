using System.Buffers.Binary;
using System.Globalization;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Damages bytes the way transfers, disks and ill will do; the same seed gives the same damage.</summary>
internal static class Mutation
{
    private static readonly long[] InterestingNumbers =
    [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32_767, 65_535, 65_536, int.MaxValue - 1, int.MaxValue, int.MinValue, uint.MaxValue,
        1L << 32, 1L << 40, long.MaxValue, long.MinValue,
    ];

    private static readonly byte[][] InterestingText =
    [
        "null"u8.ToArray(), "-1"u8.ToArray(), "1e309"u8.ToArray(), "99999999999999999999"u8.ToArray(), "0.5"u8.ToArray(), "[]"u8.ToArray(),
        "{}"u8.ToArray(), "\""u8.ToArray(), "[["u8.ToArray(),
        "\\ud800"u8.ToArray(), [0xff], [0xc0, 0x80], "true"u8.ToArray(), "F16"u8.ToArray(), "BF16"u8.ToArray(), "F32"u8.ToArray(),
        "I64"u8.ToArray(), "2147483647"u8.ToArray(), ","u8.ToArray(), "cos\nsystem\n"u8.ToArray(),
    ];

    /// <summary>One to six faults in the first so many bytes, or anywhere.</summary>
    public static byte[] Apply(byte[] original, int seed, int? hotLength = null)
    {
        var random = new Random(seed);
        var bytes = new List<byte>(original);
        var faults = random.Next(1, 7);
        for (var i = 0; i < faults && bytes.Count > 0; i++)
        {
            // Mostly where the structure is: in the data one value is as good as another.
            var range = random.Next(10) > 0 ? Math.Min(hotLength ?? bytes.Count, bytes.Count) : bytes.Count;
            Fault(bytes, random.Next(range), random);
        }

        return [.. bytes];
    }

    private static void Fault(List<byte> bytes, int at, Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, InterestingText[random.Next(InterestingText.Length)]);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                break;
            case 5 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 6:
                Overwrite(bytes, at, random);
                break;
            case 7:
                Swap(bytes, at, random);
                break;
            default:
                ReplaceNumber(bytes, at, random);
                break;
        }
    }

    private static void Overwrite(List<byte> bytes, int at, Random random)
    {
        var wide = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(wide, InterestingNumbers[random.Next(InterestingNumbers.Length)]);
        var length = Math.Min(1 << random.Next(4), bytes.Count - at);
        for (var i = 0; i < length; i++)
        {
            bytes[at + i] = wide[i];
        }
    }

    private static void Swap(List<byte> bytes, int at, Random random)
    {
        var other = random.Next(bytes.Count);
        var length = Math.Min(random.Next(1, 16), bytes.Count - Math.Max(at, other));
        for (var i = 0; i < length; i++)
        {
            (bytes[at + i], bytes[other + i]) = (bytes[other + i], bytes[at + i]);
        }
    }

    /// <summary>Puts another number where the text has one: keeps the form whole, so that the fault gets past the parser.</summary>
    private static void ReplaceNumber(List<byte> bytes, int at, Random random)
    {
        while (at < bytes.Count && !char.IsAsciiDigit((char)bytes[at]))
        {
            at++;
        }

        var end = at;
        while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end]))
        {
            end++;
        }

        bytes.RemoveRange(at, end - at);
        var text = InterestingNumbers[random.Next(InterestingNumbers.Length)].ToString(CultureInfo.InvariantCulture);
        bytes.InsertRange(at, text.Select(c => (byte)c));
    }
}
