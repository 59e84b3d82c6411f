namespace MaskGen.ML.Imaging;

/// <summary>Rows of packed strips.</summary>
internal sealed class TiffStripRows(TiffPage page, ImageInput input, string source) : TiffRawRows(page, input, source)
{
    private byte[] _row = [];

    protected override void ReadNext(Span<byte> row)
    {
        if (_row.Length == 0)
        {
            _row = new byte[Math.Max(File().ScanlineSize(), row.Length)];
        }

        if (!Page.IsSeparate)
        {
            ReadPlane(0, 0);
            _row.AsSpan(0, row.Length).CopyTo(row);
            return;
        }

        // Each plane by itself, since going from one to the other begins a strip anew.
        for (var plane = 0; plane < Page.Layout.Samples; plane++)
        {
            ReadPlane(plane, plane);
            Interleave(_row.AsSpan(0, row.Length / Page.Layout.Samples), row, plane);
        }
    }

    private void ReadPlane(int file, int plane)
    {
        if (!File(file).ReadScanline(_row, 0, Next, (short)plane))
        {
            throw Damaged();
        }
    }
}
