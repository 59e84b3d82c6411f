using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.DataView;

/// <summary>A column that a stage reads: its name and what it must hold.</summary>
internal sealed class InputColumn
{
    private readonly string _expected;
    private readonly string _advice;
    private readonly Func<DataViewType, bool>? _acceptsScalar;
    private readonly IReadOnlyList<DataViewType> _vectorItems;
    private readonly int? _size;

    private InputColumn(
        string name,
        string expected,
        string advice,
        Func<DataViewType, bool>? acceptsScalar,
        IReadOnlyList<DataViewType> vectorItems,
        int? size)
    {
        Name = name;
        _expected = expected;
        _advice = advice;
        _acceptsScalar = acceptsScalar;
        _vectorItems = vectorItems;
        _size = size;
    }

    /// <summary>Name of the column.</summary>
    public string Name { get; }

    /// <summary>A scalar column whose type is of the given class, whatever its parameters.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="expected">The type in words, for messages.</param>
    /// <param name="advice">Where such a column comes from and what else is accepted, as a sentence for messages.</param>
    /// <param name="vectorItems">The types that the items of vectors may have where those are accepted as well.</param>
    public static InputColumn Scalar<TType>(string name, string expected, string advice, params PrimitiveDataViewType[] vectorItems)
        where TType : DataViewType => new(name, expected, advice, type => type is TType, vectorItems, size: null);

    /// <summary>A column of vectors whose length may differ from row to row.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="advice">Where such a column comes from and what else is accepted, as a sentence for messages.</param>
    /// <param name="items">The types that its items may have.</param>
    public static InputColumn Vector(string name, string advice, params PrimitiveDataViewType[] items) =>
        new(name, string.Join(" or ", items.Select(item => $"Vector<{item}>")), advice, null, items, size: null);

    /// <summary>A column of vectors of one known length.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="advice">Where such a column comes from and what else is accepted, as a sentence for messages.</param>
    /// <param name="type">Type of the vectors; a vector of as many items in another shape is accepted.</param>
    public static InputColumn Vector(string name, string advice, VectorDataViewType type) =>
        new(name, $"{type}", advice, null, [type.ItemType], type.Size);

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or of another type.</exception>
    public DataViewSchema.Column Find(DataViewSchema inputSchema)
    {
        if (inputSchema.GetColumnOrNull(Name) is not { } column)
        {
            throw Missing([.. inputSchema.Where(c => !c.IsHidden).Select(c => c.Name)]);
        }

        var vector = column.Type as VectorDataViewType;
        return Accepts(vector?.ItemType ?? column.Type, vector is not null) && (_size is null || _size == vector!.Size)
            ? column
            : throw Mismatch($"{column.Type}");
    }

    /// <summary>Checks the column where only the shape of the schema is known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or of another type.</exception>
    public void Check(SchemaShape inputSchema)
    {
        if (!inputSchema.TryFindColumn(Name, out var column))
        {
            throw Missing([.. inputSchema.Select(c => c.Name)]);
        }

        if (column.IsKey || !Accepts(column.ItemType, column.Kind != SchemaShape.Column.VectorKind.Scalar)
            || (_size is not null && column.Kind != SchemaShape.Column.VectorKind.Vector))
        {
            throw Mismatch(column.GetTypeString());
        }
    }

    private bool Accepts(DataViewType item, bool isVector) =>
        isVector ? _vectorItems.Contains(item) : _acceptsScalar is not null && _acceptsScalar(item);

    private ArgumentOutOfRangeException Missing(List<string> present)
    {
        var names = present.Count > 0 ? string.Join(", ", present.Select(name => $"'{name}'")) : "none";
        return new(
            "inputSchema",
            $"Column '{Name}': expected {_expected}, found no column of that name; there are {names}. {_advice}{LossAdvice(present)}");
    }

    // The usual reason why a column of a type like MaskSet is missing.
    private string LossAdvice(List<string> present)
    {
        if (_acceptsScalar is null)
        {
            return string.Empty;
        }

        const string Rule = "ML.NET's Cache, ShuffleRows and SaveAsBinary keep plain columns only";
        var companions = present.Where(name => name.StartsWith($"{Name}.", StringComparison.Ordinal));
        var plain = string.Join(", ", companions.Select(name => $"'{name}'"));
        return plain.Length > 0
            ? $" {Rule} and have dropped '{Name}': put them after the stages that read it, or use what they have left, {plain}."
            : $" If a stage before makes it: {Rule}; put them after the stages that read it.";
    }

    private ArgumentOutOfRangeException Mismatch(string found) =>
        new("inputSchema", $"Column '{Name}': expected {_expected}, found {found}. {_advice}");
}
