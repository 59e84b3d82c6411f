using System.Collections.Immutable;

namespace MaskGen.ML.Checkpoints;

/// <summary>The element types of the safetensors format.</summary>
/// <remarks>Source: the Dtype list of the safetensors project.</remarks>
internal static class SafetensorsTypes
{
    /// <summary>Bytes that the name of a type may have, known or not.</summary>
    public const int LongestName = 32;

    private static readonly Dictionary<string, TensorElementType> Readable =
        new[] { TensorElementType.Float32, TensorElementType.Float16, TensorElementType.BFloat16, TensorElementType.Float64 }
            .ToDictionary(TensorElements.NameOf);

    private static readonly Dictionary<string, int> Bits = new()
    {
        ["BOOL"] = 8, ["U8"] = 8, ["I8"] = 8, ["I16"] = 16, ["U16"] = 16, ["I32"] = 32, ["U32"] = 32, ["I64"] = 64, ["U64"] = 64,
        ["F16"] = 16, ["BF16"] = 16, ["F32"] = 32, ["F64"] = 64, ["C64"] = 64, ["C128"] = 128,
        ["F8_E5M2"] = 8, ["F8_E4M3"] = 8, ["F8_E8M0"] = 8, ["F8_E4M3FNUZ"] = 8, ["F8_E5M2FNUZ"] = 8,
        ["F4"] = 4, ["F6_E2M3"] = 6, ["F6_E3M2"] = 6,
    };

    /// <summary>A tensor of a type.</summary>
    public static TensorDescription Describe(string type, ImmutableArray<int> shape)
    {
        if (!Readable.TryGetValue(type, out var readable))
        {
            return TensorDescription.Unreadable(CheckpointText.Shorten(type), shape);
        }

        return Count(shape) <= int.MaxValue
            ? new TensorDescription(readable, shape)
            : TensorDescription.Unreadable($"{type} with more than {int.MaxValue} elements", shape);
    }

    /// <summary>Bytes of a tensor, or null for a type that is not known.</summary>
    public static Int128? SizeInBytes(string type, ImmutableArray<int> shape) =>
        Bits.TryGetValue(type, out var bits) ? ((Count(shape) * bits) + 7) / 8 : null;

    // Up to 64 factors below 2^31 would overflow; what is above 2^62 is larger than any file, unless a side of 0 follows.
    private static Int128 Count(ImmutableArray<int> shape) =>
        shape.Contains(0) ? 0 : shape.Aggregate(Int128.One, (product, side) => Int128.Min(product * side, (Int128)1 << 62));
}
