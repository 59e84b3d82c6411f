using System.Text.Json;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.DataView;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Stages;

/// <summary>Writes a model in ONNX into a saved stage and reads it back.</summary>
/// <remarks>As parts: <c>export.json</c>, which says sizes, preprocessing and which file is what; and each file of the stage as it is,
/// those of weights included, under a name of its own.</remarks>
internal static class SavedExport
{
    private const string DescriptionPart = "export.json";
    private const string EncoderRole = "encoder";
    private const string DecoderRole = "decoder";
    private const int LargestDescription = 1 << 16;
    private const int MostFiles = 64;

    /// <summary>The value of a stage that says how many files there are; none where the model is a checkpoint.</summary>
    private const string FileCountValue = "modelOnnxFiles";

    /// <summary>Whether a saved stage holds a model in ONNX.</summary>
    public static bool IsIn(SavedStageReader reader) => reader.TextOrNull(FileCountValue) is not null;

    public static void Write(SavedStageWriter writer, OnnxExport export, ModelParts parts)
    {
        var files = new List<(string Role, OnnxFile File)>();
        if (parts.HasFlag(ModelParts.ImageEncoder) && export.Encoder is not null)
        {
            files.Add((EncoderRole, export.Encoder));
        }

        if (parts.HasFlag(ModelParts.PromptDecoder))
        {
            files.AddRange(export.Decoders.Select(decoder => (DecoderRole, decoder.File)));
        }

        writer.Add(FileCountValue, files.Count);
        writer.AddPart(DescriptionPart, stream => WriteDescription(stream, export, files));
        for (var i = 0; i < files.Count; i++)
        {
            var file = files[i].File;
            writer.AddPart(PartName(i), stream => stream.Write(file.Model));
            for (var j = 0; j < file.Weights.Count; j++)
            {
                var bytes = file.Weights[j].Bytes;
                writer.AddPart(PartName(i, j), stream => stream.Write(bytes));
            }
        }
    }

    /// <exception cref="FormatException">The archive lacks a part, or a value is damaged.</exception>
    /// <exception cref="CheckpointFormatException">A part is damaged.</exception>
    public static OnnxExport Read(SavedStageReader reader, string modelName)
    {
        var count = reader.Number(FileCountValue, 1, MostFiles);
        var description = Part(DescriptionPart, (stream, source) => JsonText.Read(
            stream, source, LargestDescription, root => ReadDescription(root, source)));
        if (description.Files.Count != count)
        {
            throw SavedStageReader.Damaged($"{DescriptionPart}: expected {count} files, found {description.Files.Count}.");
        }

        OnnxFile? encoder = null;
        var decoders = new List<OnnxFile>();
        for (var i = 0; i < count; i++)
        {
            var (role, weights) = description.Files[i];
            var file = OnnxFile.Read(SourceOf(PartName(i)), Bytes(PartName(i)), name => weights.IndexOf(name) is var j and >= 0
                ? Bytes(PartName(i, j))
                : throw SavedStageReader.Damaged($"{DescriptionPart}: expected the weights {CheckpointText.Shorten(name)}, found none."));
            if (role == EncoderRole)
            {
                encoder = file;
            }
            else
            {
                decoders.Add(file);
            }
        }

        return OnnxExport.OfParts(encoder, decoders, description.Options, description.Sizes);

        byte[] Bytes(string part) => Part(part, (stream, _) =>
        {
            using var memory = new MemoryStream(stream.CanSeek ? checked((int)stream.Length) : 0);
            stream.CopyTo(memory);
            return memory.Capacity == memory.Length ? memory.GetBuffer() : memory.ToArray();
        });

        T Part<T>(string part, Func<Stream, string, T> read) => reader.Part(
            part,
            stream => read(stream, SourceOf(part)),
            (problem, cause) => new CheckpointFormatException(SourceOf(part), $"is damaged: {problem}", cause));

        string SourceOf(string part) => $"saved model {modelName}, {part}";
    }

    private static string PartName(int file) => FormattableString.Invariant($"model-{file}.onnx");

    private static string PartName(int file, int weights) => FormattableString.Invariant($"model-{file}.onnx_data-{weights}");

    private static void WriteDescription(Stream stream, OnnxExport export, List<(string Role, OnnxFile File)> files)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("pixel_side", export.Sizes.PixelSide);
        json.WriteNumber("embedding_side", export.Sizes.EmbeddingSide);
        json.WriteNumber("channels", export.Sizes.Channels);
        json.WriteString("pixels", export.Options.Pixels.ToString());
        json.WriteBoolean("keep_aspect_ratio", export.Options.KeepAspectRatio);
        json.WriteBoolean("best_as_single", export.Options.BestAsSingle);
        json.WriteStartArray("files");
        foreach (var (role, file) in files)
        {
            json.WriteStartObject();
            json.WriteString("role", role);
            json.WriteStartArray("weights");
            foreach (var (name, _) in file.Weights)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static (OnnxExportSizes Sizes, Sam2OnnxOptions Options, List<(string Role, List<string> Weights)> Files) ReadDescription(
        JsonElement root, string source)
    {
        try
        {
            var pixels = root.GetProperty("pixels").GetString();
            var sizes = new OnnxExportSizes(Side("pixel_side"), Side("embedding_side"), Side("channels"));
            sizes.Validate(source);
            return (
                sizes,
                new Sam2OnnxOptions
                {
                    Pixels = Enum.TryParse<Sam2OnnxPixels>(pixels, out var value) && Enum.IsDefined(value)
                        ? value
                        : throw CheckpointFormatException.ForField(source, "pixels", "a kind of pixels", $"'{pixels}'"),
                    KeepAspectRatio = root.GetProperty("keep_aspect_ratio").GetBoolean(),
                    BestAsSingle = root.GetProperty("best_as_single").GetBoolean(),
                },
                [
                    .. root.GetProperty("files").EnumerateArray().Select(file => (
                        file.GetProperty("role").GetString()!,
                        file.GetProperty("weights").EnumerateArray().Select(name => name.GetString()!).ToList())),
                ]);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new CheckpointFormatException(source, $"is damaged: {e.Message}", e);
        }

        int Side(string name) => root.GetProperty(name).GetInt32();
    }
}
