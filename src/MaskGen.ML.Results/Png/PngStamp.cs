using System.Buffers.Binary;
using System.IO.Hashing;

namespace MaskGen.ML.Results;

/// <summary>Puts a stamp into a PNG file that another library has encoded.</summary>
internal static class PngStamp
{
    /// <summary>Writes the file with the stamp after its header.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="png">A whole PNG file.</param>
    /// <param name="stamp">Its stamp; the hash of its content is added.</param>
    public static void Write(Stream stream, ReadOnlySpan<byte> png, ResultStamp stamp)
    {
        var content = new XxHash128();
        for (var at = PngChunk.Signature.Length; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            if (png.Slice(at + 4, 4).SequenceEqual("IDAT"u8) || png.Slice(at + 4, 4).SequenceEqual("PLTE"u8))
            {
                content.Append(png.Slice(at + 8, length));
            }

            at += length + PngChunk.Overhead;
        }

        stream.Write(png[..PngChunk.HeaderEnd]);
        PngChunk.WriteStamp(stream, stamp with { Content = PngChunk.Digest(content) });
        stream.Write(png[PngChunk.HeaderEnd..]);
    }
}
