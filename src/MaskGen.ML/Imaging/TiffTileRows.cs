namespace MaskGen.ML.Imaging;

/// <summary>Rows of tiles, decoded a row of tiles at a time.</summary>
internal sealed class TiffTileRows(TiffPage page, ImageInput input, string source) : TiffRawRows(page, input, source)
{
    private readonly ImageSize _tile = page.Tile ?? default;
    private byte[] _band = [];
    private byte[] _one = [];
    private int _bandTop = -1;

    protected override void ReadNext(Span<byte> row)
    {
        var top = Next / _tile.Height * _tile.Height;
        if (top != _bandTop)
        {
            ReadBand(top);
        }

        _band.AsSpan((Next - top) * row.Length, row.Length).CopyTo(row);
    }

    private void ReadBand(int top)
    {
        var layout = Page.Layout;
        if (_band.Length == 0)
        {
            _band = new byte[checked(layout.RowBytes * Math.Min(_tile.Height, Page.Size.Height))];
            _one = new byte[File().TileSize()];
        }

        _bandTop = -1;
        var rows = Math.Min(_tile.Height, Page.Size.Height - top);
        var across = (Page.Size.Width + _tile.Width - 1) / _tile.Width;
        for (var plane = 0; plane < (Page.IsSeparate ? layout.Samples : 1); plane++)
        {
            for (var i = 0; i < across; i++)
            {
                ReadTile((plane * Page.BlocksPerPlane) + (top / _tile.Height * across) + i);
                Put(i * _tile.Width, rows, plane);
            }
        }

        _bandTop = top;
    }

    private void ReadTile(int tile)
    {
        // What is nowhere in the file is 0 everywhere.
        if (Page.Blocks.Lengths[tile] == 0)
        {
            Array.Clear(_one);
        }
        else if (File().ReadEncodedTile(tile, _one, 0, _one.Length) < _one.Length)
        {
            throw Damaged();
        }
    }

    // The part of a tile that lies in the image. Its rows begin at a byte, and so does its first pixel in the image: tiles are a multiple
    // of 16 pixels wide.
    private void Put(int left, int rows, int plane)
    {
        var layout = Page.Layout;
        var samples = Page.IsSeparate ? 1 : layout.Samples;
        var tileRow = (int)((((long)_tile.Width * samples * layout.Bits) + 7) / 8);
        var width = Math.Min(_tile.Width, Page.Size.Width - left);
        var length = (int)((((long)width * samples * layout.Bits) + 7) / 8);
        for (var y = 0; y < rows; y++)
        {
            var source = _one.AsSpan(y * tileRow, length);
            var row = _band.AsSpan(y * layout.RowBytes, layout.RowBytes);
            if (Page.IsSeparate)
            {
                Interleave(source, row[(left * layout.Samples * layout.Bits / 8)..], plane);
            }
            else
            {
                source.CopyTo(row[(int)((long)left * samples * layout.Bits / 8)..]);
            }
        }
    }
}
