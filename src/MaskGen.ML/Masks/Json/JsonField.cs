using System.Text.Json;

namespace MaskGen.ML.Masks;

/// <summary>A value of a JSON document with the path to it, read strictly: anything unexpected is an error that names the path, what was
/// expected and what was found.</summary>
/// <param name="Source">Name of the file; empty if there is none.</param>
/// <param name="Path">Such as <c>masks[3].bbox</c>.</param>
/// <param name="Value">The value; undefined for an absent field.</param>
internal readonly record struct JsonField(string Source, string Path, JsonElement Value)
{
    private const int LongestExcerpt = 40;

    /// <summary>Whether the field is absent or null.</summary>
    public bool IsMissing => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>The named fields of an object, in the order of the names; other fields are ignored.</summary>
    /// <exception cref="InvalidDataException">The value is not an object, or has one of the names twice.</exception>
    public JsonField[] Fields(params ReadOnlySpan<string> names)
    {
        if (Value.ValueKind != JsonValueKind.Object)
        {
            throw Unlike("an object");
        }

        var fields = new JsonField[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            fields[i] = new JsonField(Source, Path.Length == 0 ? names[i] : $"{Path}.{names[i]}", default);
        }

        foreach (var property in Value.EnumerateObject())
        {
            if (names.IndexOf(property.Name) is var index && index < 0)
            {
                continue;
            }

            if (fields[index].Value.ValueKind != JsonValueKind.Undefined)
            {
                throw fields[index].Unlike("one value", "two");
            }

            fields[index] = fields[index] with { Value = property.Value };
        }

        return fields;
    }

    /// <summary>The items of an array, enumerated lazily so that a long array costs no extra memory.</summary>
    /// <exception cref="InvalidDataException">The value is not an array.</exception>
    public IEnumerable<JsonField> Items()
    {
        if (Value.ValueKind != JsonValueKind.Array)
        {
            throw Unlike("an array");
        }

        var (source, path, index) = (Source, Path, 0);
        return Value.EnumerateArray().Select(item => new JsonField(source, $"{path}[{index++}]", item));
    }

    /// <summary>The items of a short array.</summary>
    /// <exception cref="InvalidDataException">The value is not an array of this length.</exception>
    public JsonField[] Items(int length) =>
        Value.ValueKind == JsonValueKind.Array && Value.GetArrayLength() is var count && count != length
            ? throw Unlike($"{length} items", $"{count}")
            : [.. Items()];

    /// <exception cref="InvalidDataException">The value is not a string.</exception>
    public string Text() => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Unlike("a string");

    /// <exception cref="InvalidDataException">The value is not a whole number of at least <paramref name="minimum"/>.</exception>
    public long Integer(long minimum = 0) =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt64(out var number) && number >= minimum
            ? number
            : throw Unlike($"a whole number from {minimum}");

    /// <summary>A whole number of 31 bits.</summary>
    /// <exception cref="InvalidDataException">The value is not a whole number from 0 to 2^31 - 1.</exception>
    public int Count() => Integer() is var number and <= int.MaxValue ? (int)number : throw Unlike($"at most {int.MaxValue}");

    /// <exception cref="InvalidDataException">The value is not a number that a 32-bit float can hold.</exception>
    public float Number() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetSingle(out var number) && float.IsFinite(number)
            ? number
            : throw Unlike("a finite number");

    /// <exception cref="InvalidDataException">The value is not a number that a 64-bit float can hold.</exception>
    public double Double() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Unlike("a finite number");

    /// <summary>A number, or NaN where the file has null.</summary>
    /// <exception cref="InvalidDataException">The value is neither, or is absent.</exception>
    public float NumberOrNaN() => Value.ValueKind == JsonValueKind.Null ? float.NaN : Number();

    /// <summary>The error for an unexpected value.</summary>
    /// <param name="expected">What was expected.</param>
    /// <param name="found">What was found; null for an excerpt of the value.</param>
    public InvalidDataException Unlike(string expected, string? found = null) =>
        Error($"expected {expected}, found {found ?? Excerpt()}.");

    /// <summary>An error about the value.</summary>
    /// <param name="problem">A sentence.</param>
    /// <param name="cause">The exception behind it, if any.</param>
    public InvalidDataException Error(string problem, Exception? cause = null) =>
        new(string.Join(": ", new[] { Source, Path, problem }.Where(part => part.Length > 0)), cause);

    private string Excerpt()
    {
        if (Value.ValueKind == JsonValueKind.Undefined)
        {
            return "nothing";
        }

        var text = Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array
            ? $"an {Value.ValueKind.ToString().ToLowerInvariant()}"
            : Value.GetRawText();
        return text.Length > LongestExcerpt ? text[..LongestExcerpt] + "..." : text;
    }
}
