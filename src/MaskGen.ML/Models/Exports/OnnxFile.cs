using System.Globalization;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Models;

/// <summary>An ONNX file in memory, with the files of weights that it names. Nothing on disk is needed any more.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
internal sealed class OnnxFile
{
    private OnnxFile(string source, byte[] model, OnnxHeader header, IReadOnlyList<(string Name, byte[] Bytes)> weights)
    {
        Source = source;
        Model = model;
        Header = header;
        Weights = weights;
    }

    /// <summary>Its path, or another name that a person recognises.</summary>
    public string Source { get; }

    /// <summary>Its content.</summary>
    public byte[] Model { get; }

    public OnnxHeader Header { get; }

    /// <summary>The files of weights by the names that the graph has for them, in the order of the names.</summary>
    public IReadOnlyList<(string Name, byte[] Bytes)> Weights { get; }

    /// <summary>Bytes of all files.</summary>
    public long Length => Model.Length + Weights.Sum(file => (long)file.Bytes.Length);

    /// <summary>Reads a file and those that it names.</summary>
    /// <exception cref="CheckpointFormatException">One is not what it should be.</exception>
    /// <exception cref="IOException">One cannot be read, or is not there.</exception>
    public static OnnxFile Open(string path) => Read(
        path,
        ReadAll(path),
        name =>
        {
            var beside = Path.Combine(Sam2ModelFiles.FolderOf(path), name);
            return RegularFile.Exists(beside)
                ? ReadAll(beside)
                : throw new FileNotFoundException(
                    $"{path}: expected its weights in {name} beside it, found no such file. Both belong together.", beside);
        });

    /// <summary>Checks what was read, and reads what it names.</summary>
    /// <param name="source">Path or name, for messages.</param>
    /// <param name="model">Content of the file.</param>
    /// <param name="readWeights">Content of a file that it names.</param>
    /// <exception cref="CheckpointFormatException">It is not what it should be.</exception>
    public static OnnxFile Read(string source, byte[] model, Func<string, byte[]> readWeights)
    {
        var header = OnnxHeader.Read(model, source);
        var weights = new List<(string Name, byte[] Bytes)>();
        foreach (var file in header.ExternalData.GroupBy(data => data.Location, StringComparer.Ordinal).OrderBy(
            group => group.Key, StringComparer.Ordinal))
        {
            ThrowUnlessBeside(source, file.Key);
            var bytes = readWeights(file.Key);
            foreach (var data in file)
            {
                ThrowUnlessInside(source, data, bytes.Length);
            }

            weights.Add((file.Key, bytes));
        }

        return new OnnxFile(source, model, header, weights);
    }

    // What a file names may be read, and kept in a saved pipeline: nothing elsewhere on the disk.
    private static void ThrowUnlessBeside(string source, string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.IndexOfAny(['/', '\\', ':', '\0']) >= 0)
        {
            throw new CheckpointFormatException(
                source, $"expected the name of a file of weights beside it, found '{CheckpointText.Shorten(name)}'.");
        }
    }

    private static void ThrowUnlessInside(string source, OnnxExternalData data, long fileLength)
    {
        if (data.Offset > fileLength || (data.Length ?? 0) > fileLength - data.Offset)
        {
            throw new CheckpointFormatException(
                source,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"weight '{CheckpointText.Shorten(data.Tensor)}': expected bytes {data.Offset} to {data.Offset + data.Length ?? 0} of "
                    + $"{CheckpointText.Shorten(data.Location)}, found {fileLength} bytes: that file is cut off, or another's."));
        }
    }

    private static byte[] ReadAll(string path)
    {
        using var stream = RegularFile.OpenRead(path);
        if (stream.Length > Array.MaxLength)
        {
            throw new CheckpointFormatException(
                path,
                string.Create(CultureInfo.InvariantCulture, $"expected at most {Array.MaxLength} bytes, found {stream.Length}."));
        }

        var bytes = new byte[stream.Length];
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException e)
        {
            throw new CheckpointFormatException(path, "the file became shorter while it was read.", e);
        }

        return bytes;
    }
}
