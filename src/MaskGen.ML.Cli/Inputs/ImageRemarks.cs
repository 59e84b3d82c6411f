using System.Numerics.Tensors;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Finds images that are in order as files and will hardly give the masks that are wanted.</summary>
internal static class ImageRemarks
{
    // Of 256 levels: photos of the night have some light in them.
    private const int DarkestBrightest = 64;

    private const int BitDepthOffset = 24;

    /// <summary>Says what should be said of an image, if anything.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="image">What was decoded from it.</param>
    /// <param name="say">Receives a line.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static void Say(string path, RgbImage image, Action<string> say)
    {
        if (Of(path, image) is { } remark)
        {
            say(remark);
        }
    }

    /// <summary>What should be said of an image; null for nothing.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="image">What was decoded from it.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string? Of(string path, RgbImage image)
    {
        var brightest = TensorPrimitives.Max(image.Pixels);
        return brightest < DarkestBrightest && Is16BitPng(path)
            ? $"{path}: a 16-bit image that uses only a small part of its range (values below {(brightest + 1) * 256} of 65536) comes "
                + "almost black; stretch it to the full range first."
            : null;
    }

    private static bool Is16BitPng(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var head = new byte[BitDepthOffset + 1];
        return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && head.AsSpan(1, 3).SequenceEqual("PNG"u8)
            && head[BitDepthOffset] == 16;
    }
}
