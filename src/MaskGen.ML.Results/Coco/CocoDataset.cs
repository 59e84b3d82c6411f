using System.Diagnostics.CodeAnalysis;

namespace MaskGen.ML.Results;

/// <summary>A COCO data set of masks, read from its file: images, categories, and annotations as run lengths or polygons.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class CocoDataset
{
    private readonly Dictionary<string, CocoImage> _byFileName;

    internal CocoDataset(IReadOnlyList<CocoImage> images, IReadOnlyList<CocoCategory> categories)
    {
        (Images, Categories) = (images, categories);
        _byFileName = images.ToDictionary(image => image.FileName, StringComparer.Ordinal);
    }

    /// <summary>The images, in the order of the file.</summary>
    public IReadOnlyList<CocoImage> Images { get; }

    /// <summary>The categories, in the order of the file.</summary>
    public IReadOnlyList<CocoCategory> Categories { get; }

    /// <summary>The masks of an image.</summary>
    /// <param name="fileName">Its <c>file_name</c>, verbatim.</param>
    /// <exception cref="ArgumentNullException"><paramref name="fileName"/> is null.</exception>
    /// <exception cref="KeyNotFoundException">The data set has no such image.</exception>
    public MaskSet this[string fileName] => TryGetMasks(fileName, out var masks)
        ? masks
        : throw new KeyNotFoundException($"Expected one of the {Images.Count} images of the data set, found '{fileName}'.");

    /// <summary>Reads a data set.</summary>
    /// <param name="path">The file, of at most 2^30 bytes.</param>
    /// <returns>The data set. Polygons are filled as <see cref="MaskPolygons.ToMask"/> does, which at edges between pixel centres may
    /// differ by a pixel from pycocotools; run lengths, compressed or not, are exact. Of each mask <c>predicted_iou</c>,
    /// <c>stability_score</c>,
    /// <c>point_coords</c>, <c>crop_box</c> and <c>score</c> are read too, where they are there, and the name of its category is its
    /// <see cref="MaskRecord.Label"/>, but for <c>object</c> in the group <c>object</c>, which is what the writer calls masks without one;
    /// <c>area</c> and <c>bbox</c> are computed from the pixels. Memory and time are bounded by the size of the file.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="InvalidDataException">The file is not a COCO data set of masks, or is longer; the message names the field, what was
    /// expected and what was found. An annotation without a segmentation is an error, and so are two images of one
    /// <c>file_name</c>.</exception>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static CocoDataset Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CocoDatasetReader.Parse(BoundedInput.ReadFile(path, CocoDatasetReader.MaximumBytes), path);
    }

    /// <summary>Reads a data set from a stream, to its end; otherwise as <see cref="Load"/>.</summary>
    /// <param name="stream">From its current position, at most 2^30 bytes. Stays open.</param>
    /// <returns>As <see cref="Load"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidDataException">The content is not a COCO data set of masks, as for <see cref="Load"/>.</exception>
    public static CocoDataset Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return CocoDatasetReader.Parse(BoundedInput.Read(stream, CocoDatasetReader.MaximumBytes, nameof(stream)), nameof(stream));
    }

    /// <summary>Reads a data set from a stream asynchronously; otherwise as <see cref="Read"/>.</summary>
    /// <param name="stream">From its current position, at most 2^30 bytes; never read synchronously. Stays open.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <returns>As <see cref="Load"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidDataException">The content is not a COCO data set of masks, as for <see cref="Load"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static async Task<CocoDataset> ReadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var content = await BoundedInput.ReadAsync(stream, CocoDatasetReader.MaximumBytes, nameof(stream), cancellationToken)
            .ConfigureAwait(false);
        return CocoDatasetReader.Parse(content, nameof(stream));
    }

    /// <summary>Looks for the masks of an image.</summary>
    /// <param name="fileName">Its <c>file_name</c>, verbatim.</param>
    /// <param name="masks">Its masks; null if there is no such image.</param>
    /// <returns>Whether the data set has the image.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="fileName"/> is null.</exception>
    public bool TryGetMasks(string fileName, [NotNullWhen(true)] out MaskSet? masks)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        masks = _byFileName.GetValueOrDefault(fileName)?.Masks;
        return masks is not null;
    }

    /// <summary>One line about the data set, such as <c>COCO data set of 12 images with 340 masks</c>.</summary>
    public override string ToString()
    {
        var masks = Images.Sum(image => image.Masks.Count);
        return FormattableString.Invariant(
            $"COCO data set of {Images.Count} {(Images.Count == 1 ? "image" : "images")} with {masks} {(masks == 1 ? "mask" : "masks")}");
    }
}
