using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Sam2;

/// <summary>One object of a config.json: typed fields, each with the value that applies where it is missing or null.</summary>
/// <param name="Source">Name of the file, for messages.</param>
/// <param name="Path">Path of the object, empty for the root.</param>
/// <param name="Element">The object, or null where the file has none: then every field is missing.</param>
internal readonly record struct Sam2ModelConfigSection(string Source, string Path, JsonElement? Element)
{
    // Far above any SAM 2, and small enough that no product of two such numbers overflows.
    private const int LargestNumber = 1 << 20;
    private const int LongestList = 64;

    public Sam2ModelConfigSection Section(string name) => Find(name) switch
    {
        null => new Sam2ModelConfigSection(Source, FieldPath(name), null),
        { ValueKind: JsonValueKind.Object } element => new Sam2ModelConfigSection(Source, FieldPath(name), element),
        var other => throw Error(name, "an object", Describe(other.Value)),
    };

    public int? Integer(string name) => Find(name) is { } element ? ToInteger(name, element) : null;

    public ImmutableArray<int>? Integers(string name)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > LongestList)
        {
            throw Error(name, $"a list of at most {LongestList} whole numbers", Describe(element));
        }

        var numbers = ImmutableArray.CreateBuilder<int>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
        {
            numbers.Add(ToInteger(name, item));
        }

        return numbers.ToImmutable();
    }

    /// <summary>A number, or a list of a height and a width.</summary>
    public (int Height, int Width)? Pair(string name)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        if (element.ValueKind == JsonValueKind.Number)
        {
            var both = ToInteger(name, element);
            return (both, both);
        }

        return Integers(name) is { Length: 2 } pair
            ? (pair[0], pair[1])
            : throw Error(name, "a whole number or a list of two", Describe(element));
    }

    /// <summary>A number, or a list of twice the same.</summary>
    public int? Square(string name) => Pair(name) switch
    {
        null => null,
        var (height, width) when height == width => height,
        var (height, width) => throw Error(name, "the same height and width", $"[{height}, {width}]"),
    };

    public float? Number(string name)
    {
        if (Find(name) is not { } element)
        {
            return null;
        }

        return element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out var value) && float.IsFinite(value)
            ? value
            : throw Error(name, "a finite number", Describe(element));
    }

    public bool? Boolean(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        var other => throw Error(name, "true or false", Describe(other.Value)),
    };

    /// <summary>Fails where the field is there and is none of the values that can be built.</summary>
    public void RequireText(string name, params ReadOnlySpan<string> allowed)
    {
        if (Find(name) is not { } element)
        {
            return;
        }

        foreach (var text in allowed)
        {
            if (element.ValueKind == JsonValueKind.String && element.ValueEquals(text))
            {
                return;
            }
        }

        throw Error(name, string.Join(" or ", allowed.ToArray()), Describe(element));
    }

    /// <summary>Fails where the field is there and is not the one number that can be built.</summary>
    public void RequireInteger(string name, int expected)
    {
        if (Square(name) is { } found && found != expected)
        {
            throw Error(name, expected.ToString(CultureInfo.InvariantCulture), found.ToString(CultureInfo.InvariantCulture));
        }
    }

    public CheckpointFormatException Error(string name, string expected, string found) =>
        CheckpointFormatException.ForField(Source, FieldPath(name), expected, found);

    /// <summary>Name of a field with that of the object it stands in.</summary>
    public string FieldPath(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    private static string Describe(JsonElement element) => CheckpointText.Shorten(element.GetRawText());

    private JsonElement? Find(string name) =>
        Element is { } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private int ToInteger(string name, JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var value) && Math.Abs((long)value) <= LargestNumber
            ? value
            : throw Error(name, $"a whole number up to {LargestNumber}", Describe(element));
}
