using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>A value of a JSON document with the path to it, which is read strictly: what is not as expected is an error that names the
/// path, what was expected and what was found.</summary>
/// <param name="Source">Name of the file.</param>
/// <param name="Path">Such as <c>masks[3].bbox</c>.</param>
/// <param name="Value">The value; undefined for a field that is not there.</param>
internal readonly record struct JsonField(string Source, string Path, JsonElement Value)
{
    private const int LongestExcerpt = 40;

    /// <summary>Whether the field is not there, or null.</summary>
    public bool IsMissing => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>The fields of an object by the names that are asked for, in that order; others are passed over.</summary>
    /// <exception cref="InvalidDataException">The value is no object, or has one of the names twice.</exception>
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

    /// <summary>The items of an array, made one by one: a file of nothing but items takes no multiple of its size.</summary>
    /// <exception cref="InvalidDataException">The value is no array.</exception>
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
    /// <exception cref="InvalidDataException">The value is no array of this length.</exception>
    public JsonField[] Items(int length) =>
        Value.ValueKind == JsonValueKind.Array && Value.GetArrayLength() is var count && count != length
            ? throw Unlike($"{length} items", $"{count}")
            : [.. Items()];

    /// <exception cref="InvalidDataException">The value is no string.</exception>
    public string Text() => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Unlike("a string");

    /// <exception cref="InvalidDataException">The value is no whole number from <paramref name="minimum"/>.</exception>
    public long Integer(long minimum = 0) =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetInt64(out var number) && number >= minimum
            ? number
            : throw Unlike($"a whole number from {minimum}");

    /// <exception cref="InvalidDataException">The value is no number that a 32-bit float can hold.</exception>
    public float Number() =>
        Value.ValueKind == JsonValueKind.Number && Value.TryGetSingle(out var number) && float.IsFinite(number)
            ? number
            : throw Unlike("a finite number");

    /// <summary>A number, or NaN where the file has null.</summary>
    /// <exception cref="InvalidDataException">The value is neither, or is not there.</exception>
    public float NumberOrNaN() => Value.ValueKind == JsonValueKind.Null ? float.NaN : Number();

    /// <summary>The error of a value that is not what it should be.</summary>
    /// <param name="expected">What it should be.</param>
    /// <param name="found">What it is; null for an excerpt.</param>
    public InvalidDataException Unlike(string expected, string? found = null) =>
        new($"{Source}: {Path}: expected {expected}, found {found ?? Excerpt()}.");

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
