using System.Text;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>COCO's compressed form of run lengths: a string of printable characters.</summary>
/// <remarks>From the fourth run on each length is written as its difference to the one two before; a number is split into groups of five
/// bits, lowest first, with a sixth bit for "more follows", as characters from 48 on. All members are pure and thread-safe. Source: the
/// format that pycocotools' maskApi writes.</remarks>
public static class CocoRle
{
    private const int BitsPerCharacter = 5;
    private const int MoreFollows = 1 << BitsPerCharacter;
    private const int SignBit = 1 << (BitsPerCharacter - 1);
    private const int FirstCharacter = 48;

    /// <summary>Compresses run lengths.</summary>
    /// <param name="encoding">The mask.</param>
    /// <returns>COCO's <c>counts</c>, characters from '0' to 'o'.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="encoding"/> is null.</exception>
    public static string Encode(RunLengthEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        var counts = encoding.Counts;
        var text = new StringBuilder(counts.Length * 2);
        for (var i = 0; i < counts.Length; i++)
        {
            // COCO's differences begin with the fourth count, not with the third.
            long value = i > 2 ? counts[i] - counts[i - 2] : counts[i];
            bool more;
            do
            {
                var bits = (int)(value & (MoreFollows - 1));
                value >>= BitsPerCharacter;
                more = (bits & SignBit) != 0 ? value != -1 : value != 0;
                text.Append((char)((more ? bits | MoreFollows : bits) + FirstCharacter));
            }
            while (more);
        }

        return text.ToString();
    }

    /// <summary>Reads compressed run lengths.</summary>
    /// <param name="size">Size of the image that the mask covers.</param>
    /// <param name="counts">The string.</param>
    /// <exception cref="ArgumentNullException"><paramref name="counts"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="size"/> is negative, or it has more than 2^31 - 1
    /// pixels.</exception>
    /// <exception cref="FormatException">The string is not in COCO's form, or its runs do not add up to the image's pixels.</exception>
    public static RunLengthEncoding Decode(ImageSize size, string counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        MaskSizes.ThrowIfInvalid(size, nameof(size));
        var runs = new List<int>();
        var position = 0;
        while (position < counts.Length)
        {
            var value = ReadNumber(counts, ref position) + (runs.Count > 2 ? runs[^2] : 0);
            if (value is < 0 or > int.MaxValue)
            {
                throw new FormatException($"Expected run lengths of 0 or more, found {value} before character {position}.");
            }

            runs.Add((int)value);
        }

        var sum = runs.Sum(run => (long)run);
        return sum == size.PixelCount
            ? new RunLengthEncoding(size, [.. runs])
            : throw new FormatException($"Expected run lengths that add up to {size.PixelCount} pixels ({size}), found {sum}.");
    }

    private static long ReadNumber(string text, ref int position)
    {
        long value = 0;
        for (var shift = 0; shift < 60; shift += BitsPerCharacter)
        {
            if (position == text.Length)
            {
                throw new FormatException("Expected another character of a number, found the end.");
            }

            var bits = text[position] - FirstCharacter;
            if (bits is < 0 or >= 2 * MoreFollows)
            {
                throw new FormatException($"Expected a character from '0' to 'o', found '{text[position]}' at {position}.");
            }

            position++;
            value |= (long)(bits & (MoreFollows - 1)) << shift;
            if ((bits & MoreFollows) == 0)
            {
                // The sign is the highest bit that was written.
                return (bits & SignBit) != 0 ? value | (-1L << (shift + BitsPerCharacter)) : value;
            }
        }

        throw new FormatException($"Expected a number of at most 12 characters, found a longer one before character {position}.");
    }
}
