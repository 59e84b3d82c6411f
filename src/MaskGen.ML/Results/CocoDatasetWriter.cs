using System.Text.Encodings.Web;
using System.Text.Json;
using MaskGen.ML.Results;

namespace MaskGen.ML;

/// <summary>Writes the masks of many images as one COCO data set file, image by image, without holding the masks.</summary>
/// <remarks>Images and annotations are numbered from 1 in the order in which they come, so the same images in the same order get the same
/// ids. The annotations stream out as they come; names and sizes of the images, some ten bytes each, are kept until
/// <see cref="Complete"/>, which a file needs to be whole. Not thread-safe.</remarks>
public sealed class CocoDatasetWriter : IDisposable
{
    private const int FlushAtBytes = 1 << 16;
    private const int CategoryId = 1;

    // The compressed run lengths are full of characters that would be escaped for HTML, which this is not.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CocoDatasetOptions _options;
    private readonly Utf8JsonWriter _json;
    private readonly List<(string FileName, ImageSize Size)> _images = [];
    private long _lastAnnotationId;
    private bool _complete;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where to; UTF-8 without a byte order mark. Stays open.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">The options are invalid.</exception>
    public CocoDatasetWriter(Stream stream, CocoDatasetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _options = options ?? new CocoDatasetOptions();
        _options.Validate();
        _json = new Utf8JsonWriter(stream, WriterOptions);
        WriteHead();
    }

    /// <summary>Adds an image and its masks.</summary>
    /// <param name="fileName">As it shall stand in <c>file_name</c>: relative to the folder of images, with <c>/</c> between folders.</param>
    /// <param name="masks">Its masks; none is allowed, the image then stands without annotations.</param>
    /// <returns>The id of the image.</returns>
    /// <exception cref="ArgumentException"><paramref name="fileName"/> is null or empty.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="masks"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The file is complete already.</exception>
    public int AddImage(string fileName, MaskSet masks)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        ArgumentNullException.ThrowIfNull(masks);
        ThrowIfComplete();
        _images.Add((fileName, masks.ImageSize));
        foreach (var mask in masks)
        {
            CocoAnnotation.Write(_json, ++_lastAnnotationId, _images.Count, CategoryId, mask, _options);
            if (_json.BytesPending >= FlushAtBytes)
            {
                _json.Flush();
            }
        }

        return _images.Count;
    }

    /// <summary>Writes what is left: the list of images and the end of the file.</summary>
    /// <exception cref="InvalidOperationException">The file is complete already.</exception>
    public void Complete()
    {
        ThrowIfComplete();
        _complete = true;
        _json.WriteEndArray();
        _json.WriteStartArray("images");
        for (var i = 0; i < _images.Count; i++)
        {
            _json.WriteStartObject();
            _json.WriteNumber("id", i + 1);
            _json.WriteString("file_name", _images[i].FileName);
            _json.WriteNumber("width", _images[i].Size.Width);
            _json.WriteNumber("height", _images[i].Size.Height);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteEndObject();

        // Here and not only in Dispose, which must not touch a stream that its owner may have closed by then.
        _json.Dispose();
    }

    /// <summary>Frees the buffers. A file that was not completed stays cut off, so that a failed run is not taken for a whole one.</summary>
    public void Dispose() => _json.Dispose();

    private void WriteHead()
    {
        _json.WriteStartObject();
        _json.WriteStartObject("info");
        _json.WriteString("description", _options.Description);
        _json.WriteString("version", "1.0");
        _json.WriteEndObject();
        _json.WriteStartArray("licenses");
        _json.WriteEndArray();
        _json.WriteStartArray("categories");
        _json.WriteStartObject();
        _json.WriteNumber("id", CategoryId);
        _json.WriteString("name", _options.CategoryName);
        _json.WriteString("supercategory", _options.CategoryName);
        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteStartArray("annotations");
    }

    private void ThrowIfComplete()
    {
        if (_complete)
        {
            throw new InvalidOperationException("The data set file is complete; nothing can be added.");
        }
    }
}
