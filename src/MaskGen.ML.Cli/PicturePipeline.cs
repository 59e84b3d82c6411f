using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Cli;

/// <summary>Segments pictures one after the other through an ML.NET pipeline: they are the rows of a data view that holds one at a
/// time.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class PicturePipeline : IDisposable
{
    private readonly MLContext _context = new();
    private readonly LatestProgress _progress = new();
    private readonly MaskGenerationTransformer _transformer;
    private IEnumerator<SegmentedRow>? _rows;
    private (RgbImage Image, string Path)? _waiting;

    /// <summary>Loads the model, and fetches it where it is not there yet.</summary>
    /// <param name="options">What to do and with which model; its progress is not used.</param>
    /// <exception cref="CheckpointFormatException">The model is not a SAM 2.</exception>
    /// <exception cref="IOException">The model cannot be read or fetched.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    public PicturePipeline(AutomaticMaskGenerationOptions options)
    {
        var noPictures = _context.Data.LoadFromEnumerable(Enumerable.Empty<PictureRow>());
        _transformer = _context.Transforms.GenerateMasks(nameof(SegmentedRow.Masks), nameof(PictureRow.Image), options with { Progress = _progress })
            .Fit(noPictures);
        try
        {
            // A cursor is what makes the stage load its model: now, not in the middle of the first picture.
            using var rows = Segmented(noPictures);
            rows.MoveNext();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Segments everything in the next picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="path">What it is called.</param>
    /// <param name="progress">Told after every batch of points.</param>
    /// <exception cref="InvalidOperationException">The picture, which the message names, could not be segmented; others still can.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public MaskSet Segment(RgbImage image, string path, IProgress<MaskGenerationProgress> progress)
    {
        _waiting = (image, path);
        _progress.Target = progress;
        _rows ??= Segmented(_context.Data.LoadFromEnumerable(Pictures()));
        try
        {
            _rows.MoveNext();
            return _rows.Current.Masks;
        }
        catch (Exception e)
        {
            // A cursor that has failed goes no further; the next picture gets another, with the same model.
            CloseRows();
            if (e is OutOfMemoryException)
            {
                throw new InvalidOperationException($"{path}: {Terminal.Message(e)} Decode fewer points at once (--points-per-batch).", e);
            }

            if (e.InnerException is { } cause && Terminal.IsExpected(cause))
            {
                // The stage says which row; people know their pictures by name.
                throw new InvalidOperationException($"{path}: {Terminal.Message(cause)}", cause);
            }

            throw;
        }
    }

    public void Dispose()
    {
        CloseRows();
        _transformer.Dispose();
    }

    private IEnumerator<SegmentedRow> Segmented(IDataView pictures) =>
        _context.Data.CreateEnumerable<SegmentedRow>(_transformer.Transform(pictures), reuseRowObject: false).GetEnumerator();

    private IEnumerable<PictureRow> Pictures()
    {
        while (_waiting is { } picture)
        {
            _waiting = null;
            using var image = picture.Image.ToMLImage();
            image.Tag = picture.Path;
            yield return new PictureRow { Image = image };
        }
    }

    private void CloseRows()
    {
        _rows?.Dispose();
        _rows = null;
    }

    private sealed class PictureRow
    {
        // ML.NET wants some size here, and holds no picture to it.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    private sealed class SegmentedRow
    {
        [MaskSetType]
        public MaskSet Masks { get; set; } = MaskSet.Empty;
    }

    // The options are fixed with the stage, but every picture has a bar of its own.
    private sealed class LatestProgress : IProgress<MaskGenerationProgress>
    {
        public IProgress<MaskGenerationProgress>? Target { get; set; }

        public void Report(MaskGenerationProgress value) => Target?.Report(value);
    }
}
