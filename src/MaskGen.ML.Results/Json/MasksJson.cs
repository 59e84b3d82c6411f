using System.Text.Encodings.Web;
using System.Text.Json;
using MaskGen.ML.Files;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Writes and reads the masks of an image as SAM 2's own JSON records, with COCO's compressed run lengths.</summary>
/// <remarks>All members are thread-safe, as far as the streams that they are given are.</remarks>
public static class MasksJson
{
    /// <summary>Version of the form, in the files as <c>schema_version</c>: it grows when a reader of the older form would go
    /// wrong.</summary>
    internal const int SchemaVersion = 1;

    // The compressed run lengths are full of characters that would be escaped for HTML, which this is not.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file, whose name ends in <c>.json</c>; its folder must exist, an older file is replaced.</param>
    /// <param name="imageName">Name of the image, for the file.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or has another extension, an option is invalid, or a coordinate
    /// of a mask is not finite.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string imageName, string model, MaskSet masks, MasksJsonOptions? options = null)
    {
        FileNames.ThrowUnlessNamed(path, ".json");
        AtomicFile.Write(path, stream => Write(stream, imageName, model, masks, options));
    }

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Where to; UTF-8 without a byte order mark. Stays open.</param>
    /// <param name="imageName">Name of the image.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="masks">
    /// The masks. Each is one record: <c>segmentation</c> (<c>size</c> [height, width] and <c>counts</c>), <c>area</c> in pixels,
    /// <c>bbox</c> [x, y, w, h], <c>predicted_iou</c> and <c>stability_score</c> (null if not finite, as for an empty mask),
    /// <c>label</c> and <c>prompt_score</c> if it has them, <c>crop_box</c> [x, y, w, h], and what it was prompted with, see
    /// <see cref="MaskRecordForm"/>. After the records stand
    /// <c>generator</c>, <c>schema_version</c> and, last, <c>content</c>, a hash of all before it.
    /// </param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is invalid, or a coordinate of a mask is not finite.</exception>
    public static void Write(Stream stream, string imageName, string model, MaskSet masks, MasksJsonOptions? options = null) =>
        Write(stream, Content(imageName, model, masks, options));

    /// <summary>Writes to a stream asynchronously, mask by mask; otherwise as
    /// <see cref="Write(Stream, string, string, MaskSet, MasksJsonOptions)"/>.</summary>
    /// <param name="stream">Where to; never written to synchronously. Stays open.</param>
    /// <param name="imageName">Name of the image.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Stops between two masks; the stream then holds a part of the file.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is invalid, or a coordinate of a mask is not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static Task WriteAsync(
        Stream stream,
        string imageName,
        string model,
        MaskSet masks,
        MasksJsonOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return WriteAsync(stream, Content(imageName, model, masks, options), cancellationToken);
    }

    /// <summary>Reads a file that <see cref="Save(string, string, string, MaskSet, MasksJsonOptions)"/> wrote.</summary>
    /// <param name="path">The file, of at most 2^30 bytes.</param>
    /// <returns>The masks as they were written; null scores become NaN. Other fields than those that are written are ignored. Memory and
    /// time are proportional to the file.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form, is longer, or has a newer <c>schema_version</c> than this
    /// version of the library reads; the message names the field, what was expected and what was found.</exception>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MasksFile Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return MasksJsonReader.Parse(BoundedInput.ReadFile(path, MasksJsonReader.MaximumBytes), path, checksBoxes: false);
    }

    /// <summary>Reads a stream to its end; otherwise as <see cref="Load"/>.</summary>
    /// <param name="stream">From its current position, at most 2^30 bytes. Stays open.</param>
    /// <returns>As <see cref="Load"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidDataException">The content is not of this form, as for <see cref="Load"/>.</exception>
    public static MasksFile Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var content = BoundedInput.Read(stream, MasksJsonReader.MaximumBytes, nameof(stream));
        return MasksJsonReader.Parse(content, nameof(stream), checksBoxes: false);
    }

    /// <summary>Reads a stream to its end asynchronously; otherwise as <see cref="Read"/>.</summary>
    /// <param name="stream">From its current position, at most 2^30 bytes; never read synchronously. Stays open.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <returns>As <see cref="Load"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidDataException">The content is not of this form, as for <see cref="Load"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static async Task<MasksFile> ReadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var content = await BoundedInput.ReadAsync(stream, MasksJsonReader.MaximumBytes, nameof(stream), cancellationToken)
            .ConfigureAwait(false);
        return MasksJsonReader.Parse(content, nameof(stream), checksBoxes: false);
    }

    /// <summary>Writes a file that says what its masks were made of, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="origin">What the masks were made of.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="imagePath">The way from the folder of the file to the image, with slashes; null to leave it out.</param>
    internal static void Save(string path, ResultOrigin origin, MaskSet masks, string? imagePath = null)
    {
        FileNames.ThrowUnlessNamed(path, ".json");
        AtomicFile.Write(path, stream => Write(stream, origin, masks, imagePath));
    }

    /// <summary>Writes to a stream what masks were made of, and the masks.</summary>
    internal static void Write(Stream stream, ResultOrigin origin, MaskSet masks, string? imagePath = null)
    {
        var form = origin.Mode switch
        {
            ResultOrigin.Everything => MaskRecordForm.Grid,
            ResultOrigin.Prompt => MaskRecordForm.Prompted,
            _ => MaskRecordForm.Automatic,
        };
        Write(stream, new FileContent(origin.ImageName, origin.Model, masks, form, origin, imagePath));
    }

    private static FileContent Content(string imageName, string model, MaskSet masks, MasksJsonOptions? options)
    {
        ArgumentNullException.ThrowIfNull(imageName);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(masks);
        options ??= new MasksJsonOptions();
        options.Validate();
        return new FileContent(imageName, model, masks, options.Form, Origin: null);
    }

    private static void Write(Stream stream, FileContent content)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var hashed = new HashingStream(stream);
        using var json = new Utf8JsonWriter(hashed, WriterOptions);
        foreach (var _ in WriteInSteps(json, hashed, content))
        {
            json.Flush();
        }
    }

    private static async Task WriteAsync(Stream stream, FileContent content, CancellationToken cancellationToken)
    {
        var hashed = new HashingStream(stream);
        var json = new Utf8JsonWriter(hashed, WriterOptions);
        try
        {
            foreach (var _ in WriteInSteps(json, hashed, content))
            {
                await json.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            await json.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Whatever is left after a failure would be written synchronously.
            json.Reset(Stream.Null);
            json.Dispose();
        }
    }

    // Stops after each mask, for the caller to pass on what there is.
    private static IEnumerable<int> WriteInSteps(Utf8JsonWriter json, HashingStream hashed, FileContent content)
    {
        var masks = content.Masks;
        json.WriteStartObject();
        json.WriteString("image", content.ImageName);
        json.WriteNumber("width", masks.ImageSize.Width);
        json.WriteNumber("height", masks.ImageSize.Height);
        json.WriteString("model", content.Model);
        json.WriteStartArray("masks");
        for (var index = 0; index < masks.Count; index++)
        {
            WriteMask(json, masks, index, content.Form);
            yield return index;
        }

        json.WriteEndArray();
        WriteOrigin(json, content);

        // The hash is of what has been passed on.
        yield return masks.Count;
        JsonEnd.WriteFlushed(json, hashed);
    }

    // After the masks, where MasksJsonHead looks for it.
    private static void WriteOrigin(Utf8JsonWriter json, FileContent content)
    {
        json.WriteString("generator", ResultStamp.Generator);
        json.WriteNumber("schema_version", SchemaVersion);
        if (content.Origin is { } origin)
        {
            if (content.ImagePath is not null)
            {
                json.WriteString("image_path", content.ImagePath);
            }

            json.WriteString("mode", origin.Mode);
            json.WriteString("image_sha256", origin.ImageSha256);
            json.WriteString("model_fingerprint", origin.ModelFingerprint);
            json.WritePropertyName("settings");
            json.WriteRawValue(origin.Settings.Json);
        }
    }

    private static void WriteMask(Utf8JsonWriter json, MaskSet masks, int index, MaskRecordForm form)
    {
        try
        {
            WriteMask(json, masks[index], form);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException(
                $"Mask {index}: expected finite coordinates, found one that JSON has no number for.", nameof(masks), e);
        }
    }

    private static void WriteMask(Utf8JsonWriter json, MaskRecord mask, MaskRecordForm form)
    {
        json.WriteStartObject();
        MaskJsonWriter.WriteMeasures(json, mask);
        if (form == MaskRecordForm.Prompted || (form == MaskRecordForm.Automatic && NeedsPrompt(mask)))
        {
            MaskJsonWriter.WriteScore(json, "object_score_logit", mask.ObjectScoreLogit);
            WritePrompt(json, mask);
        }
        else
        {
            MaskJsonWriter.WritePoints(json, "point_coords", mask.Points);
        }

        MaskJsonWriter.WriteBox(json, "crop_box", mask.CropBox);
        json.WriteEndObject();
    }

    private static bool NeedsPrompt(MaskRecord mask) =>
        mask.Box is not null || mask.Points.Any(point => point.Label != PointLabel.Foreground);

    private static void WritePrompt(Utf8JsonWriter json, MaskRecord mask)
    {
        json.WriteStartObject("prompt");
        MaskJsonWriter.WritePoints(json, "point_coords", mask.Points);
        MaskJsonWriter.WriteLabels(json, "point_labels", mask.Points);
        if (mask.Box is { } box)
        {
            MaskJsonWriter.WriteBox(json, "box", box);
        }

        json.WriteEndObject();
    }

    private sealed record FileContent(
        string ImageName, string Model, MaskSet Masks, MaskRecordForm Form, ResultOrigin? Origin, string? ImagePath = null);
}
