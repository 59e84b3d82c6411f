using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Models;

/// <summary>Tells by its content whether a file is one that the exporter wrote, and so may be replaced.</summary>
internal static class ExportedFile
{
    // Field 1 of an ONNX model, the version of the format, and field 2, its producer, come first; see onnx-subset.proto.
    private const byte VersionTag = 0x08;
    private const byte ProducerTag = 0x12;
    private const int HeadBytes = 64;

    /// <summary>What lies where a file would be written; null where there is nothing, nothing that could be lost, or an earlier
    /// export.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string? WhyKept(string path)
    {
        if (Directory.Exists(path))
        {
            return "is a folder";
        }

        if (!File.Exists(path))
        {
            return null;
        }

        if (Files.FileStatus.OfTarget(path) is { IsRegular: false })
        {
            return "is no file of bytes";
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var head = new byte[HeadBytes];
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        return head.Length == 0 || IsOurs(head) ? null : "was not written by this library";
    }

    private static bool IsOurs(ReadOnlySpan<byte> head)
    {
        var producer = System.Text.Encoding.ASCII.GetBytes(GraphBuilder.ProducerName);
        byte[] expected = [ProducerTag, (byte)producer.Length, .. producer];

        // The version is less than 128, so it takes one byte.
        return head.Length > 2 && head[0] == VersionTag && head[1] < 128 && head[2..].StartsWith(expected);
    }
}
