using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.DataView;

/// <summary>A column that a stage reads: its name and what it must hold.</summary>
internal sealed class InputColumn
{
    private readonly string _expected;
    private readonly Func<DataViewType, bool> _acceptsItem;
    private readonly bool _isVector;
    private readonly int? _size;

    private InputColumn(string name, string expected, Func<DataViewType, bool> acceptsItem, bool isVector, int? size)
    {
        Name = name;
        _expected = expected;
        _acceptsItem = acceptsItem;
        _isVector = isVector;
        _size = size;
    }

    /// <summary>Name of the column.</summary>
    public string Name { get; }

    /// <summary>A scalar column whose type is of the given class, whatever its parameters.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="expected">The type in words, for messages.</param>
    public static InputColumn Scalar<TType>(string name, string expected)
        where TType : DataViewType => new(name, expected, type => type is TType, isVector: false, size: null);

    /// <summary>A column of vectors whose length may differ from row to row.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="items">The types that its items may have.</param>
    public static InputColumn Vector(string name, params PrimitiveDataViewType[] items) =>
        new(name, string.Join(" or ", items.Select(item => $"Vector<{item}>")), items.Contains, isVector: true, size: null);

    /// <summary>A column of vectors of one known length.</summary>
    public static InputColumn Vector(string name, VectorDataViewType type) =>
        new(name, $"{type}", type.ItemType.Equals, isVector: true, type.Size);

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or of another type.</exception>
    public DataViewSchema.Column Find(DataViewSchema inputSchema)
    {
        if (inputSchema.GetColumnOrNull(Name) is not { } column)
        {
            throw Missing(inputSchema.Where(c => !c.IsHidden).Select(c => c.Name));
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
            throw Missing(inputSchema.Select(c => c.Name));
        }

        if (column.IsKey || !Accepts(column.ItemType, column.Kind != SchemaShape.Column.VectorKind.Scalar)
            || (_size is not null && column.Kind != SchemaShape.Column.VectorKind.Vector))
        {
            throw Mismatch(column.GetTypeString());
        }
    }

    private bool Accepts(DataViewType item, bool isVector) => isVector == _isVector && _acceptsItem(item);

    private ArgumentOutOfRangeException Missing(IEnumerable<string> present)
    {
        var names = string.Join(", ", present.Select(name => $"'{name}'"));
        return new(
            "inputSchema",
            $"Column '{Name}': expected {_expected}, found no column of that name; there are {(names.Length > 0 ? names : "none")}.");
    }

    private ArgumentOutOfRangeException Mismatch(string found) =>
        new("inputSchema", $"Column '{Name}': expected {_expected}, found {found}.");
}
