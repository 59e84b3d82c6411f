using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Imaging;

/// <summary>Rows of strips that are not packed, read from where they lie: a strip may be as long as the file.</summary>
internal sealed class TiffPlainRows(TiffPage page, ImageInput input, string source) : TiffRawRows(page, input, source)
{
    private readonly byte[] _plane = page.IsSeparate ? new byte[page.Layout.RowBytes / page.Layout.Samples] : [];
    private readonly bool _isSwapped = page.Tags.IsLittleEndian != BitConverter.IsLittleEndian;

    protected override void ReadNext(Span<byte> row)
    {
        if (!Page.IsSeparate)
        {
            ReadPlane(0, row);
            return;
        }

        for (var plane = 0; plane < Page.Layout.Samples; plane++)
        {
            ReadPlane(plane, _plane);
            Interleave(_plane, row, plane);
        }
    }

    private void ReadPlane(int plane, Span<byte> row)
    {
        var (strip, line) = Math.DivRem(Next, Page.RowsPerStrip);
        strip += plane * Page.BlocksPerPlane;
        if ((line + 1L) * row.Length > Page.Blocks.Lengths[strip])
        {
            throw Damaged();
        }

        ReadAt(Page.Blocks.Offsets[strip] + ((long)line * row.Length), row);
        if (_isSwapped)
        {
            Swap(row);
        }
    }

    private void Swap(Span<byte> row)
    {
        switch (Page.Layout.Bits)
        {
            case 16:
                var shorts = MemoryMarshal.Cast<byte, ushort>(row);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 32:
                var ints = MemoryMarshal.Cast<byte, uint>(row);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 64:
                var longs = MemoryMarshal.Cast<byte, ulong>(row);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
