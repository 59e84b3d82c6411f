namespace MaskGen.ML.Imaging;

/// <summary>Rows of samples as RGBA.</summary>
/// <param name="layout">How they are stored.</param>
/// <param name="rows">The rows; disposed with this.</param>
/// <param name="stored">Size as stored.</param>
/// <param name="orientation">See <see cref="ExifOrientation"/>.</param>
/// <param name="range">Which samples become black and white; see <see cref="SampleConverter"/>.</param>
internal sealed class SampleRows(SampleLayout layout, IRawRows rows, ImageSize stored, int orientation, SampleLimits range)
    : ImageRows(stored, orientation)
{
    private readonly SampleConverter _converter = new(layout, range);
    private readonly byte[] _row = new byte[layout.RowBytes];

    public override void Read(Span<byte> rgba)
    {
        var length = 4 * Stored.Width;
        for (var at = 0; at < rgba.Length; at += length)
        {
            rows.Read(_row);
            _converter.Convert(_row, rgba.Slice(at, length));
        }
    }

    public override void Skip(int count) => rows.Skip(count);

    public override void Dispose() => rows.Dispose();
}
