using System.Formats.Tar;
using System.IO.Compression;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.OnnxGraph.Protobuf;

namespace MaskGen.ML.Tests;

/// <summary>The micro model as others export it to ONNX, unpacked once, and such files changed by hand.</summary>
internal static class OnnxExports
{
    private static readonly Lazy<string> Unpacked = new(Unpack);

    /// <summary>Name in a test's data, the files, whether the export clamps its logits, and what it can do.</summary>
    public static IReadOnlyDictionary<string, ExportKind> Kinds { get; } = new Dictionary<string, ExportKind>
    {
        ["samexporter"] = new("samexporter", Clamps: true),
        ["onnxruntime"] = new("onnxruntime", Clamps: true),
        ["transformers.js"] = new("transformers.js", HasMaskInput: false, HasSingle: false, HasObjectScore: true),
        ["ours"] = new(null, HasSingle: false, HasObjectScore: true),
    };

    /// <summary>Full path of a file or folder, such as <c>samexporter/micro.encoder.onnx</c>.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Unpacked.Value, relative);

    /// <summary>A model of one of <see cref="Kinds"/>.</summary>
    public static Sam2Model Open(string kind, Sam2OnnxOptions? options = null) => Sam2Model.FromOnnx(FolderOf(kind), options);

    /// <summary>Folder of one of <see cref="Kinds"/>.</summary>
    public static string FolderOf(string kind)
    {
        if (Kinds[kind].Folder is { } folder)
        {
            return Path(folder);
        }

        // Ours are not stored: they are made from the checkpoint.
        var own = Path("ours");
        lock (Kinds)
        {
            if (!File.Exists(System.IO.Path.Combine(own, Sam2OnnxExporter.DecoderFileName)))
            {
                Sam2OnnxExporter.Export(Sam2Model.FromFile(Fixture.Path("micro")), own);
            }
        }

        return own;
    }

    /// <summary>Copies a folder of exports, to be changed.</summary>
    public static string Copy(string relative, TestFolder folder)
    {
        var source = Path(relative);
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            folder.Write(System.IO.Path.GetRelativePath(source, file), File.ReadAllBytes(file));
        }

        return folder.Path;
    }

    /// <summary>Changes a file in place.</summary>
    public static void Change(string path, Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        change(model);
        File.WriteAllBytes(path, Google.Protobuf.MessageExtensions.ToByteArray(model));
    }

    /// <summary>Fixes a side of an input that a file leaves open.</summary>
    public static void Fix(string path, string symbol, int side) => Change(path, model =>
    {
        foreach (var dimension in model.Graph.Input.SelectMany(input => input.Type.TensorType.Shape.Dim).Where(d => d.DimParam == symbol))
        {
            dimension.ClearDimParam();
            dimension.DimValue = side;
        }
    });

    /// <summary>A file with inputs and outputs of these names and shapes, and nothing of sense between them.</summary>
    public static byte[] Make((string Name, int[] Shape)[] inputs, (string Name, int[] Shape)[] outputs)
    {
        var graph = new GraphBuilder("test");
        var values = inputs.Select(input => graph.Input(input.Name, [.. input.Shape.Select(side => (GraphDimension)side)])).ToList();
        foreach (var (name, shape) in outputs)
        {
            graph.Output(values[0], name, [.. shape.Select(side => (GraphDimension)side)]);
        }

        return Google.Protobuf.MessageExtensions.ToByteArray(graph.Build().Proto);
    }

    private static string Unpack()
    {
        var folder = Directory.CreateTempSubdirectory("maskgen-tests-exports-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        using var packed = new BrotliStream(File.OpenRead(Fixture.Path("onnx-exports/exports.tar.br")), CompressionMode.Decompress);
        using var archive = new TarReader(packed);
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.Directory or TarEntryType.DirectoryList))
            {
                // The figures would pass for a checkpoint in the folder of a model.
                var isFigures = entry.Name.EndsWith(".safetensors", StringComparison.Ordinal);
                var name = isFigures ? System.IO.Path.GetFileName(entry.Name) : entry.Name;
                var path = System.IO.Path.Combine(folder, name);
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
                using var file = File.Create(path);
                entry.DataStream!.CopyTo(file);
            }
        }

        return folder;
    }
}

/// <summary>What an export can do.</summary>
internal sealed record ExportKind(
    string? Folder, bool Clamps = false, bool HasMaskInput = true, bool HasSingle = true, bool HasObjectScore = false);
