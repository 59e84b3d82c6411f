using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>Identifies a model by what it computes with: its configuration and the values of its weights.</summary>
/// <remarks>The same weights give the same fingerprint from a <c>.pt</c> and a <c>.safetensors</c> file, under any file name. It notices
/// damage and mix-ups; it is no defence against someone who forges a model on purpose (XxHash128 is not a cryptographic hash, and ten
/// times as fast
/// as one).</remarks>
internal static class ModelFingerprint
{
    // Of how weights are brought to fewer bits: raised when the same weights give other embeddings.
    private const int Revision = 1;

    /// <summary>Reads every tensor that the model needs, checks that it is finite, and hashes it.</summary>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="required">What <see cref="Sam2CheckpointContract.RequiredTensors"/> gives for it.</param>
    /// <param name="weights">Its weights.</param>
    /// <returns>32 lower-case hexadecimal digits.</returns>
    /// <exception cref="CheckpointFormatException">A value is NaN or infinite, which would turn up as masks that are empty or
    /// wrong.</exception>
    public static string Compute(
        Sam2ModelConfig config, IReadOnlyDictionary<string, GraphParameter> required, ICheckpoint weights)
    {
        var hash = new XxHash128();
        hash.Append(Sam2ModelConfigWriter.Write(config));
        Span<byte> side = stackalloc byte[sizeof(int)];
        foreach (var (name, parameter) in required)
        {
            hash.Append(Encoding.UTF8.GetBytes(name));
            foreach (var length in parameter.Shape)
            {
                BinaryPrimitives.WriteInt32LittleEndian(side, length);
                hash.Append(side);
            }

            weights.VisitFloat32(name, (values, start) =>
            {
                ThrowIfNotFinite(values, start, weights.Source, name);
                hash.Append(MemoryMarshal.AsBytes(values));
            });
        }

        return Convert.ToHexString(hash.GetCurrentHash()).ToLowerInvariant();
    }

    /// <summary>Identifies a model whose encoder computes in a precision, so that embeddings of one are not taken for those of
    /// another.</summary>
    /// <param name="weights">What <see cref="Compute"/> gives; it stands for float32.</param>
    /// <param name="precision">The precision.</param>
    /// <returns>32 lower-case hexadecimal digits.</returns>
    public static string Of(string weights, EncoderPrecision precision) => precision == EncoderPrecision.Float32
        ? weights
        : Convert.ToHexString(XxHash128.Hash(Encoding.UTF8.GetBytes($"{weights} {precision} {Revision}"))).ToLowerInvariant();

    private static void ThrowIfNotFinite(ReadOnlySpan<float> values, int start, string source, string name)
    {
        if (TensorPrimitives.IsFiniteAll(values))
        {
            return;
        }

        var index = 0;
        while (float.IsFinite(values[index]))
        {
            index++;
        }

        throw new CheckpointFormatException(source, name, "finite values", $"{values[index]} at index {start + index}");
    }
}
