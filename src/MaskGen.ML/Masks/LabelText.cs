namespace MaskGen.ML.Masks;

/// <summary>Checks the label of an object and the score that came with it.</summary>
internal static class LabelText
{
    /// <exception cref="ArgumentException">The label is empty.</exception>
    public static string? Valid(string? value) => value is { Length: 0 }
        ? throw new ArgumentException("Expected a label with text, or null for none; found an empty one.", nameof(value))
        : value;

    /// <exception cref="ArgumentOutOfRangeException">The score is NaN or infinite.</exception>
    public static double? Valid(double? value) => value is { } number && !double.IsFinite(number)
        ? throw new ArgumentOutOfRangeException(nameof(value), number, "Expected a finite score, or null for none.")
        : value;
}
