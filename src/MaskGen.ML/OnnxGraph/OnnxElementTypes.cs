using System.Globalization;

namespace MaskGen.ML.OnnxGraph;

/// <summary>Types of the values of a tensor, by their numbers in the ONNX format (TensorProto.DataType).</summary>
internal static class OnnxElementTypes
{
    public const int Float32 = 1;
    public const int Int8 = 3;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Float16 = 10;

    private static readonly Dictionary<int, (string Name, int Bits)> Types = new()
    {
        [Float32] = ("float32", 32), [2] = ("uint8", 8), [Int8] = ("int8", 8), [4] = ("uint16", 16), [5] = ("int16", 16),
        [Int32] = ("int32", 32), [Int64] = ("int64", 64), [9] = ("bool", 8), [Float16] = ("float16", 16), [11] = ("float64", 64),
        [12] = ("uint32", 32), [13] = ("uint64", 64), [16] = ("bfloat16", 16), [17] = ("float8", 8), [18] = ("float8", 8),
        [19] = ("float8", 8), [20] = ("float8", 8), [21] = ("uint4", 4), [22] = ("int4", 4), [23] = ("float4", 4),
    };

    /// <summary>Name of a type, such as float32; its number where it has none here.</summary>
    public static string NameOf(int type) =>
        Types.TryGetValue(type, out var known) ? known.Name : string.Create(CultureInfo.InvariantCulture, $"type {type}");

    /// <summary>Bytes that so many values take; null for a type whose size is not known.</summary>
    public static long? BytesOf(int type, long count) =>
        Types.TryGetValue(type, out var known) && count <= long.MaxValue / 64 ? ((count * known.Bits) + 7) / 8 : null;
}
