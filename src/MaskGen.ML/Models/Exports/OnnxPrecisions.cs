namespace MaskGen.ML.Models;

/// <summary>How precisions are called: in names of files, and by persons.</summary>
internal static class OnnxPrecisions
{
    private static readonly (Sam2OnnxPrecision Precision, string Suffix, string Name)[] All =
    [
        (Sam2OnnxPrecision.Float32, string.Empty, "fp32"),
        (Sam2OnnxPrecision.Float16, "_fp16", "fp16"),
        (Sam2OnnxPrecision.Quantized8, "_quantized", "q8"),
        (Sam2OnnxPrecision.Quantized4, "_q4", "q4"),
    ];

    // Other precisions of transformers.js, which are told from float32 at least.
    private static readonly string[] OtherSuffixes = ["_q4f16", "_int8", "_uint8", "_bnb4"];

    /// <summary>Names that a person may type, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(precision => precision.Name)];

    /// <summary>What the name of a file ends with, before its extension.</summary>
    public static string SuffixOf(Sam2OnnxPrecision precision) => All.First(known => known.Precision == precision).Suffix;

    /// <summary>What a person calls it.</summary>
    public static string NameOf(Sam2OnnxPrecision precision) => All.First(known => known.Precision == precision).Name;

    /// <summary>A precision by what a person types; null for anything else.</summary>
    public static Sam2OnnxPrecision? Find(string name) =>
        All.Where(known => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase))
            .Select(known => (Sam2OnnxPrecision?)known.Precision)
            .FirstOrDefault();

    /// <summary>The end of a file's name that says a precision; empty where it says none.</summary>
    public static string SuffixIn(string stem) =>
        All.Select(known => known.Suffix).Concat(OtherSuffixes)
            .Where(suffix => suffix.Length > 0 && stem.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            .MaxBy(suffix => suffix.Length) ?? string.Empty;
}
