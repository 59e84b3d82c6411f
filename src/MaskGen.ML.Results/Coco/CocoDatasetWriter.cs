using System.Text.Encodings.Web;
using System.Text.Json;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>Writes the masks of many images as one COCO data set file, image by image, without holding the masks.</summary>
/// <remarks>Images and annotations are numbered from 1 in the order in which they come, so the same images in the same order get the same
/// ids. Categories are the labels of the masks, numbered likewise, and <see cref="CocoDatasetOptions.CategoryName"/> where there is none.
/// The annotations stream out as they come; labels, and names and sizes of the images, some ten bytes each, are kept until
/// <see cref="Complete"/>, which a file needs to be whole. Not thread-safe.</remarks>
public sealed class CocoDatasetWriter : IDisposable
{
    private const int FlushAtBytes = 1 << 16;

    // The compressed run lengths are full of characters that would be escaped for HTML, which this is not.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CocoDatasetOptions _options;
    private readonly HashingStream _hashed;
    private readonly Utf8JsonWriter _json;
    private readonly AtomicFile? _file;
    private readonly List<(long Id, string FileName, ImageSize Size)> _images = [];
    private readonly CocoNumbering? _numbering;
    private readonly CocoCategories _categories;
    private long _lastImageId;
    private long _lastAnnotationId;
    private WriterState _state;
    private bool _isDisposed;

    /// <summary>Begins a file, which gets its name only once it is complete.</summary>
    /// <param name="path">The file, whose name ends in <c>.json</c>; its folder must exist, an older file is replaced.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty or has another extension, or the options are
    /// invalid.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public CocoDatasetWriter(string path, CocoDatasetOptions? options = null)
        : this(path, options, new ResultStamp(ResultKind.Dataset))
    {
    }

    /// <summary>Begins a file in a stream.</summary>
    /// <param name="stream">Where to; UTF-8 without a byte order mark. Stays open.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentException">The options are invalid.</exception>
    public CocoDatasetWriter(Stream stream, CocoDatasetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _options = Valid(options);
        _categories = new CocoCategories(numbering: null);
        _hashed = new HashingStream(stream);
        _json = new Utf8JsonWriter(_hashed, WriterOptions);
        WriteHead(new ResultStamp(ResultKind.Dataset));
    }

    /// <summary>Begins a file with a stamp, in which images, annotations and categories keep the numbers that they had; those that had
    /// none get higher ones.</summary>
    internal CocoDatasetWriter(string path, CocoDatasetOptions? options, ResultStamp stamp, CocoNumbering? numbering = null)
    {
        FileNames.ThrowUnlessNamed(path, ".json");
        _options = Valid(options);
        (_numbering, _categories) = (numbering, new CocoCategories(numbering));
        (_lastImageId, _lastAnnotationId) = (numbering?.LastImage ?? 0, numbering?.LastAnnotation ?? 0);
        _file = new AtomicFile(path);
        _hashed = new HashingStream(_file.Stream);
        _json = new Utf8JsonWriter(_hashed, WriterOptions);
        WriteHead(stamp);
    }

    private enum WriterState
    {
        Open,
        Complete,
        Broken,
    }

    /// <summary>Adds an image and its masks.</summary>
    /// <param name="fileName">Its <c>file_name</c> in the file: relative to the folder of images, with <c>/</c> between folders.</param>
    /// <param name="masks">Its masks; none is allowed, the image then stands without annotations.</param>
    /// <returns>The id of the image.</returns>
    /// <exception cref="ArgumentException"><paramref name="fileName"/> is null or empty; or a coordinate of a mask is not finite, and the
    /// file stays without an end.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="masks"/> is null.</exception>
    /// <exception cref="IOException">The file cannot be written. It stays without an end: nothing can be added any more.</exception>
    /// <exception cref="InvalidOperationException">The file is complete already, or could not be written before.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed before the file was complete.</exception>
    public int AddImage(string fileName, MaskSet masks)
    {
        Begin(fileName, masks);
        foreach (var _ in WriteInSteps(fileName, masks))
        {
            _json.Flush();
        }

        _state = WriterState.Open;
        return _images.Count;
    }

    /// <summary>Adds an image and its masks without writing to the stream synchronously; otherwise as <see cref="AddImage"/>. With
    /// <see cref="CompleteAsync"/> it is all that a stream such as the body of an ASP.NET response needs.</summary>
    /// <param name="fileName">Its <c>file_name</c> in the file.</param>
    /// <param name="masks">Its masks.</param>
    /// <param name="cancellationToken">Stops between two masks; the file then stays without an end.</param>
    /// <returns>The id of the image.</returns>
    /// <exception cref="ArgumentException"><paramref name="fileName"/> is null or empty; or a coordinate of a mask is not
    /// finite.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="masks"/> is null.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The file is complete already, or could not be written before.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed before the file was complete.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public async Task<int> AddImageAsync(string fileName, MaskSet masks, CancellationToken cancellationToken = default)
    {
        Begin(fileName, masks);
        foreach (var _ in WriteInSteps(fileName, masks))
        {
            await _json.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        _state = WriterState.Open;
        return _images.Count;
    }

    /// <summary>Completes the file: writes the list of images and the end.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The file is complete already, or could not be written before.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed before the file was complete.</exception>
    public void Complete()
    {
        ThrowUnlessOpen();
        _state = WriterState.Broken;
        WriteCategoriesAndImages();
        JsonEnd.Write(_json, _hashed);

        // Here and not only in Dispose, which must not touch a stream that its owner may have closed by then.
        _json.Flush();
        _file?.Complete();
        _state = WriterState.Complete;
    }

    /// <summary>Completes the file without writing to the stream synchronously; otherwise as <see cref="Complete"/>.</summary>
    /// <param name="cancellationToken">Stops the writing; the file then stays without an end.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The file is complete already, or could not be written before.</exception>
    /// <exception cref="ObjectDisposedException">The writer was disposed before the file was complete.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        ThrowUnlessOpen();
        _state = WriterState.Broken;
        WriteCategoriesAndImages();

        // The hash is of what has been passed on.
        await _json.FlushAsync(cancellationToken).ConfigureAwait(false);
        JsonEnd.WriteFlushed(_json, _hashed);
        await _json.FlushAsync(cancellationToken).ConfigureAwait(false);
        _file?.Complete();
        _state = WriterState.Complete;
    }

    /// <summary>Frees the buffers. A file that was not completed does not get its name; in a stream it stays cut off. So a failed run is
    /// not taken for a whole one. Throws nothing.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        // What is pending would be written otherwise, to a stream that may have failed or be closed by now.
        _isDisposed = true;
        _json.Reset(Stream.Null);
        _json.Dispose();
        _file?.Dispose();
    }

    private static CocoDatasetOptions Valid(CocoDatasetOptions? options)
    {
        options ??= new CocoDatasetOptions();
        options.Validate();
        return options;
    }

    private void WriteHead(ResultStamp stamp)
    {
        _json.WriteStartObject();
        _json.WriteStartObject("info");
        _json.WriteString("description", _options.Description);
        _json.WriteString("version", "1.0");
        stamp.WriteFields(_json);
        _json.WriteEndObject();
        _json.WriteStartArray("licenses");
        _json.WriteEndArray();
        _json.WriteStartArray("annotations");
    }

    // What is known only when all annotations are written.
    private void WriteCategoriesAndImages()
    {
        _json.WriteEndArray();
        _categories.Write(_json, _options.CategoryName);
        _json.WriteStartArray("images");
        foreach (var (id, fileName, size) in _images)
        {
            _json.WriteStartObject();
            _json.WriteNumber("id", id);
            _json.WriteString("file_name", fileName);
            _json.WriteNumber("width", size.Width);
            _json.WriteNumber("height", size.Height);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void Begin(string fileName, MaskSet masks)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        ArgumentNullException.ThrowIfNull(masks);
        ThrowUnlessOpen();

        // Until all of the image is written: after a failure it is unknown how much of it arrived, and what follows could not be read.
        _state = WriterState.Broken;
    }

    // Stops whenever there is enough to pass on.
    private IEnumerable<int> WriteInSteps(string fileName, MaskSet masks)
    {
        var imageId = _numbering?.OfImage(fileName) ?? ++_lastImageId;
        _images.Add((imageId, fileName, masks.ImageSize));
        foreach (var mask in masks)
        {
            var category = _categories.IdOf(mask, _options.CategoryName);
            var id = _numbering?.OfAnnotation(mask) ?? ++_lastAnnotationId;
            CocoAnnotationWriter.Write(_json, id, imageId, category, mask, _options);
            if (_json.BytesPending >= FlushAtBytes)
            {
                yield return _json.BytesPending;
            }
        }
    }

    private void ThrowUnlessOpen()
    {
        ObjectDisposedException.ThrowIf(_isDisposed && _state != WriterState.Complete, this);
        if (_state != WriterState.Open)
        {
            throw new InvalidOperationException(
                _state == WriterState.Complete
                    ? "The data set file is complete; nothing can be added."
                    : "The data set file could not be written before; begin another.");
        }
    }
}
