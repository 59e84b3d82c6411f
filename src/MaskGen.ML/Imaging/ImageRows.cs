namespace MaskGen.ML.Imaging;

/// <summary>Gives the rows of a stored image from the top down as RGBA, in little memory. Not safe for concurrent use.</summary>
internal abstract class ImageRows : IDisposable
{
    /// <param name="stored">Size as stored.</param>
    /// <param name="orientation">See <see cref="ExifOrientation"/>.</param>
    protected ImageRows(ImageSize stored, int orientation)
    {
        (Stored, Orientation) = (stored, orientation);
    }

    /// <summary>Size as stored, before the image is turned upright.</summary>
    public ImageSize Stored { get; }

    /// <summary>How to turn it, see <see cref="ExifOrientation"/>.</summary>
    public int Orientation { get; }

    /// <summary>Reads the next rows.</summary>
    /// <param name="rgba">Whole rows: R, G, B and a byte without meaning per pixel.</param>
    /// <exception cref="InvalidDataException">The file is cut off or damaged there.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public abstract void Read(Span<byte> rgba);

    /// <summary>Passes over the next rows.</summary>
    public abstract void Skip(int rows);

    public abstract void Dispose();

    /// <summary>Reads all rows.</summary>
    /// <returns>The image, upright.</returns>
    public RgbImage ReadAll()
    {
        const int StripBytes = 1 << 20;
        const int FewestTurnedRows = 64;
        var target = new UprightPixels(Stored, Orientation);
        var fewest = target.IsQuarterTurned ? FewestTurnedRows : 1;
        var rows = Math.Min(Math.Max(StripBytes / (4 * Stored.Width), fewest), Stored.Height);
        var strip = new byte[rows * 4 * Stored.Width];
        for (var done = 0; done < Stored.Height; done += rows)
        {
            var some = strip.AsSpan(0, Math.Min(rows, Stored.Height - done) * 4 * Stored.Width);
            Read(some);
            target.Put(done, some);
        }

        return target.ToImage();
    }
}
