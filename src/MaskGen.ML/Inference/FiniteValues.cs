using System.Numerics.Tensors;

namespace MaskGen.ML.Inference;

/// <summary>Looks for NaN and infinity.</summary>
internal static class FiniteValues
{
    /// <summary>Index of the first value that is NaN or infinite; -1 when all are finite.</summary>
    public static int IndexOfOther(ReadOnlySpan<float> values)
    {
        // Of no values IsFiniteAll says no.
        if (values.IsEmpty || TensorPrimitives.IsFiniteAll(values))
        {
            return -1;
        }

        var index = 0;
        while (float.IsFinite(values[index]))
        {
            index++;
        }

        return index;
    }
}
