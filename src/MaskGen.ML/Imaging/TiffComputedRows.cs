using System.Runtime.InteropServices;

namespace MaskGen.ML.Imaging;

/// <summary>Rows whose colours LibTiff computes, strip by strip or tile by tile: of YCbCr with halved colours, Lab and the like.</summary>
internal sealed class TiffComputedRows(TiffPage page, ImageInput input, string source) : TiffRawRows(page, input, source)
{
    private readonly int _bandRows = page.Tile?.Height ?? page.RowsPerStrip;
    private int[] _band = [];
    private int[] _block = [];
    private int _bandTop = -1;

    protected override void ReadNext(Span<byte> row)
    {
        var top = Next / _bandRows * _bandRows;
        if (top != _bandTop)
        {
            ReadBand(top);
        }

        MemoryMarshal.AsBytes(_band.AsSpan((Next - top) * Page.Size.Width, Page.Size.Width)).CopyTo(row);
    }

    private void ReadBand(int top)
    {
        var (width, block) = (Page.Size.Width, Page.Tile?.Width ?? Page.Size.Width);
        if (_band.Length == 0)
        {
            _band = new int[checked(width * _bandRows)];
            _block = new int[checked(block * _bandRows)];
        }

        _bandTop = -1;
        var rows = Math.Min(_bandRows, Page.Size.Height - top);
        for (var left = 0; left < width; left += block)
        {
            var isRead = Page.Tile is null ? File().ReadRGBAStrip(top, _block) : File().ReadRGBATile(left, top, _block);
            if (!isRead)
            {
                throw Damaged();
            }

            // From the bottom up: a strip begins with its last row, a tile with that of a whole one.
            var last = Page.Tile is null ? rows - 1 : _bandRows - 1;
            var count = Math.Min(block, width - left);
            for (var y = 0; y < rows; y++)
            {
                _block.AsSpan((last - y) * block, count).CopyTo(_band.AsSpan((y * width) + left));
            }
        }

        _bandTop = top;
    }
}
