using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Reads a vector of numbers of the current row.</summary>
internal sealed class TensorReader(DataViewRow row, string columnName)
{
    private readonly ValueGetter<VBuffer<float>> _getter = row.GetGetter<VBuffer<float>>(row.Schema[columnName]);
    private VBuffer<float> _buffer;

    /// <summary>A copy of the values, row-major, zeros of a sparse vector included.</summary>
    public float[] Read()
    {
        _getter(ref _buffer);
        var values = new float[_buffer.Length];
        _buffer.CopyTo(values);
        return values;
    }

    /// <summary>The same of a column in which every value must be finite.</summary>
    /// <exception cref="InvalidDataException">One is NaN or infinite.</exception>
    public float[] ReadFinite()
    {
        var values = Read();
        ThrowIfNotFinite(columnName, values);
        return values;
    }

    /// <param name="columnName">Name of the column, for the message.</param>
    /// <param name="values">Its values, or a part of them.</param>
    /// <param name="first">Index of the first of them in the column.</param>
    /// <exception cref="InvalidDataException">A value is NaN or infinite.</exception>
    public static void ThrowIfNotFinite(string? columnName, ReadOnlySpan<float> values, int first = 0)
    {
        // Of no values, the library says that not all are finite.
        if (values.IsEmpty || TensorPrimitives.IsFiniteAll(values))
        {
            return;
        }

        var index = 0;
        while (float.IsFinite(values[index]))
        {
            index++;
        }

        throw new InvalidDataException(string.Create(
            CultureInfo.InvariantCulture,
            $"Column '{columnName}': expected finite values, found {values[index]} at index {first + index}."));
    }
}
