using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using MaskGen.ML.Imaging;

namespace MaskGen.ML;

/// <summary>Which values of an image of more than 8 bits a channel become black and white; those between become grey in proportion, those
/// beyond are cut off. One range for all channels and for the whole image.</summary>
/// <remarks>Applies to PNG and TIFF images of 9 to 16 bits and to TIFF images of 32 or 64 bits or of floating-point numbers; images of 8
/// bits are taken as they are. Immutable and safe to share between threads; two are equal if they say the same. Configuration binds a text
/// to it as <see cref="Parse"/> reads it.</remarks>
[JsonConverter(typeof(ImageRangeConverter))]
[TypeConverter(typeof(ImageRangeTextConverter))]
public sealed record ImageRange : IParsable<ImageRange>
{
    private const string FullName = "full";
    private const string AutoName = "auto";

    private ImageRange()
    {
    }

    /// <summary>All values that the type has: 0 to 65535 for 16 bits, of which the high byte counts. Of signed and floating-point numbers,
    /// which no image uses all of, the least and the greatest in the image.</summary>
    public static ImageRange Full { get; } = new();

    /// <summary>From the 2nd to the 98th percentile of all values of all channels but alpha, those for no data left out, as geographic
    /// viewers stretch them. The image is read twice.</summary>
    public static ImageRange Auto { get; } = new() { IsAuto = true };

    /// <summary>Whether this is <see cref="Auto"/>.</summary>
    public bool IsAuto { get; private init; }

    /// <summary>The value that becomes black; null for one that the image decides.</summary>
    public double? Low { get; private init; }

    /// <summary>The value that becomes white; null for one that the image decides.</summary>
    public double? High { get; private init; }

    /// <summary>A range of values.</summary>
    /// <param name="low">Becomes black.</param>
    /// <param name="high">Becomes white; above <paramref name="low"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is not finite, or <paramref name="high"/> is not above
    /// <paramref name="low"/>.</exception>
    public static ImageRange Between(double low, double high)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || high <= low)
        {
            throw new ArgumentOutOfRangeException(
                nameof(high),
                high,
                FormattableString.Invariant($"Expected two numbers of which the second is greater, found {low} and {high}."));
        }

        return new ImageRange { Low = low, High = high };
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    /// <param name="s">Such as <c>auto</c>, <c>full</c> or <c>300,4200</c>; case does not matter.</param>
    /// <param name="provider">Not used: numbers have a point in every language.</param>
    /// <exception cref="ArgumentNullException"><paramref name="s"/> is null.</exception>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static ImageRange Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, provider, out var range)
            ? range
            : throw new FormatException($"Expected auto, full or two numbers LOW,HIGH of which the second is greater, found '{s}'.");
    }

    /// <summary>Reads what <see cref="ToString"/> writes, without throwing; otherwise as <see cref="Parse"/>.</summary>
    /// <param name="s">The text.</param>
    /// <param name="provider">Not used.</param>
    /// <param name="result">The range; null where there is none.</param>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ImageRange result)
    {
        result = s?.Trim().ToLowerInvariant() switch
        {
            FullName => Full,
            AutoName => Auto,
            { } text => OfNumbers(text.Split(',')),
            _ => null,
        };
        return result is not null;
    }

    /// <summary><c>auto</c>, <c>full</c>, or two numbers such as <c>300,4200</c>.</summary>
    public override string ToString() =>
        IsAuto ? AutoName : Low is null ? FullName : FormattableString.Invariant($"{Low:R},{High:R}");

    private static ImageRange? OfNumbers(string[] parts) =>
        parts.Length == 2 && Number(parts[0]) is { } low && Number(parts[1]) is { } high && high > low ? Between(low, high) : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
