using System.Text.Json.Serialization;
using MaskGen.ML.Files;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>One number per pixel that says which mask it belongs to.</summary>
/// <remarks>Label 0 is background; label <c>i + 1</c> is mask <c>i</c> of the set. Where masks overlap the one with the smaller
/// area lies on top, so that parts stay visible on their wholes; of two equally large masks the earlier one of the set does.
/// Immutable and safe to share between threads.</remarks>
public sealed class LabelMap
{
    /// <summary>The most masks that a map can tell apart.</summary>
    public const int MaximumMasks = ushort.MaxValue;

    private readonly ushort[] _labels;

    private LabelMap(ImageSize size, int maskCount, ushort[] labels)
    {
        Size = size;
        MaskCount = maskCount;
        _labels = labels;
    }

    /// <summary>Width and height in pixels, those of the original image.</summary>
    public ImageSize Size { get; }

    /// <summary>Number of masks in the set, whether or not a pixel of each is left.</summary>
    public int MaskCount { get; }

    /// <summary>The labels, row-major, <c>Width * Height</c> of them, in pixels of the original image. Not serialised.</summary>
    [JsonIgnore]
    public ReadOnlySpan<ushort> Labels => _labels;

    /// <summary>The label of one pixel.</summary>
    /// <param name="x">Column from 0.</param>
    /// <param name="y">Row from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The pixel lies outside the map.</exception>
    public int this[int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(x);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(x, Size.Width);
            ArgumentOutOfRangeException.ThrowIfNegative(y);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Size.Height);
            return _labels[(y * Size.Width) + x];
        }
    }

    /// <summary>Combines the masks of one image into a map.</summary>
    /// <param name="masks">The masks of one image.</param>
    /// <exception cref="ArgumentNullException"><paramref name="masks"/> is null.</exception>
    /// <exception cref="ArgumentException">There are more than <see cref="MaximumMasks"/> masks, or more pixels than one array holds,
    /// which is a few less than 2^31 - 1.</exception>
    public static LabelMap FromMasks(MaskSet masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.Count > MaximumMasks)
        {
            throw new ArgumentException($"Expected at most {MaximumMasks} masks, found {masks.Count}.", nameof(masks));
        }

        MaskSizes.ThrowIfNotInOneArray(masks.ImageSize, nameof(masks));
        var columns = new ushort[masks.ImageSize.PixelCount];
        foreach (var index in BottomToTop(masks))
        {
            var runs = new SetRunReader(masks[index].Segmentation);
            while (runs.MoveNext())
            {
                columns.AsSpan((int)runs.Start, (int)(runs.End - runs.Start)).Fill((ushort)(index + 1));
            }
        }

        return new LabelMap(masks.ImageSize, masks.Count, ColumnMajor.ToRows<ushort>(columns, masks.ImageSize));
    }

    /// <summary>Saves the labels as <see cref="WritePng(Stream)"/> writes them, whole or not at all.</summary>
    /// <param name="path">The file, whose name ends in <c>.png</c>; its folder must exist, an older file is replaced.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty or has another extension.</exception>
    /// <exception cref="InvalidOperationException">The map has no pixels, or more than 1,073,741,795 a row.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SavePng(string path) => SavePng(path, new ResultStamp(ResultKind.Labels));

    /// <summary>Writes the labels as a PNG. The value of a pixel is its label, 0 for background, and so the number of the mask from 1: with
    /// up to 255 masks an indexed image of 8 bits, whose palette shows background in black and each mask in the colour that it has in
    /// overlays; with more a grey image of 16 bits.</summary>
    /// <remarks>Read the values, not the colours: Pillow's <c>Image.open</c> gives them (mode P), while OpenCV's <c>imread</c> and others
    /// that turn a palette into RGB do not.</remarks>
    /// <param name="stream">Where to; stays open.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The map has no pixels, or more than 1,073,741,795 a row.</exception>
    public void WritePng(Stream stream) => WritePng(stream, new ResultStamp(ResultKind.Labels));

    /// <summary>Writes the labels asynchronously; otherwise as <see cref="WritePng(Stream)"/>.</summary>
    /// <param name="stream">Where to; never written to synchronously. Stays open.</param>
    /// <param name="cancellationToken">Stops before encoding, and while writing; the stream then holds a part of the file.</param>
    /// <remarks>The file is made in memory, on the calling thread.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The map has no pixels.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public Task WritePngAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        Check(stream);
        return BufferedOutput.WriteAsync(stream, WritePng, cancellationToken);
    }

    /// <summary>One line about the map, such as <c>Labels of 29 masks in 960x640</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"Labels of {MaskCount} {(MaskCount == 1 ? "mask" : "masks")} in {Size}");

    /// <summary>Saves the labels with a stamp.</summary>
    internal void SavePng(string path, ResultStamp stamp)
    {
        FileNames.ThrowUnlessNamed(path, ".png");
        AtomicFile.Write(path, stream => WritePng(stream, stamp));
    }

    private void Check(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (_labels.Length == 0)
        {
            throw new InvalidOperationException($"Expected a label map of at least one pixel, which a PNG needs, found {Size}.");
        }

        if (PngWriter.IsTooWide(Size))
        {
            throw new InvalidOperationException($"Expected a width of at most {PngWriter.WidestImage} for a PNG, found {Size.Width}.");
        }
    }

    private void WritePng(Stream stream, ResultStamp stamp)
    {
        Check(stream);
        if (MaskCount > byte.MaxValue)
        {
            PngWriter.WriteGrey16(stream, Size, Row, stamp);
        }
        else
        {
            PngWriter.WriteIndexed8(stream, Size, Row, Palette(MaskCount), stamp);
        }

        ReadOnlySpan<ushort> Row(int y) => _labels.AsSpan(y * Size.Width, Size.Width);
    }

    // Red, green and blue of the background and of each mask.
    internal static byte[] Palette(int maskCount)
    {
        var palette = new byte[3 * (maskCount + 1)];
        for (var label = 1; label <= maskCount; label++)
        {
            (palette[3 * label], palette[(3 * label) + 1], palette[(3 * label) + 2]) = MaskPalette.Color(label - 1);
        }

        return palette;
    }

    /// <summary>The indices of the masks in the order in which to paint them: large ones first, of equal ones the later first.</summary>
    internal static IEnumerable<int> BottomToTop(MaskSet masks) =>
        Enumerable.Range(0, masks.Count).OrderByDescending(index => masks[index].Area).ThenByDescending(index => index);
}
