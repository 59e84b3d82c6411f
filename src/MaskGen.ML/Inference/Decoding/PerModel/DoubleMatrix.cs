using System.Numerics.Tensors;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>A dense matrix for composing weights once, in double so that the compositions add no rounding of their own.</summary>
internal sealed class DoubleMatrix(int rows, int columns)
{
    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public double[] Values { get; } = new double[rows * columns];

    public double this[int row, int column]
    {
        get => Values[(row * Columns) + column];
        set => Values[(row * Columns) + column] = value;
    }

    public Span<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    public static DoubleMatrix From(ReadOnlySpan<float> values, int rows, int columns)
    {
        var matrix = new DoubleMatrix(rows, columns);
        for (var i = 0; i < values.Length; i++)
        {
            matrix.Values[i] = values[i];
        }

        return matrix;
    }

    public static DoubleMatrix ColumnVector(ReadOnlySpan<float> values) => From(values, values.Length, 1);

    public DoubleMatrix Times(DoubleMatrix other)
    {
        var product = new DoubleMatrix(Rows, other.Columns);
        for (var i = 0; i < Rows; i++)
        {
            for (var k = 0; k < Columns; k++)
            {
                TensorPrimitives.MultiplyAdd(other.Row(k), this[i, k], product.Row(i), product.Row(i));
            }
        }

        return product;
    }

    public DoubleMatrix Plus(DoubleMatrix other)
    {
        var sum = new DoubleMatrix(Rows, Columns);
        TensorPrimitives.Add(Values, other.Values, sum.Values);
        return sum;
    }

    public DoubleMatrix Transposed()
    {
        var transposed = new DoubleMatrix(Columns, Rows);
        for (var i = 0; i < Rows; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                transposed[j, i] = this[i, j];
            }
        }

        return transposed;
    }

    /// <summary>This matrix with the rows of another below its own.</summary>
    public DoubleMatrix Above(DoubleMatrix other)
    {
        var stacked = new DoubleMatrix(Rows + other.Rows, Columns);
        Values.CopyTo(stacked.Values, 0);
        other.Values.CopyTo(stacked.Values, Values.Length);
        return stacked;
    }

    public DoubleMatrix Copy()
    {
        var copy = new DoubleMatrix(Rows, Columns);
        Values.CopyTo(copy.Values, 0);
        return copy;
    }

    /// <summary>Subtracts the mean of each row, in place: the product with the centering matrix from the right.</summary>
    public void CenterRows()
    {
        for (var i = 0; i < Rows; i++)
        {
            TensorPrimitives.Subtract(Row(i), TensorPrimitives.Sum<double>(Row(i)) / Columns, Row(i));
        }
    }

    /// <summary>Multiplies each column by a factor, in place.</summary>
    public void ScaleColumns(ReadOnlySpan<float> factors)
    {
        for (var i = 0; i < Rows; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                this[i, j] *= factors[j];
            }
        }
    }

    public float[] ToSingles() => Array.ConvertAll(Values, value => (float)value);
}
