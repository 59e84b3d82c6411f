using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MaskGen.ML.Imaging;

/// <summary>Antialiased bilinear resizing of 8-bit pictures to float rows, one target row after the other.</summary>
/// <remarks>Works on floats throughout, as torchvision does on tensors: nothing is rounded to 8 bits in between. Every source row is
/// narrowed once; only as many narrowed rows are kept as one target row needs. Not safe for concurrent use.</remarks>
internal sealed class BilinearResize
{
    private readonly RgbImage _image;
    private readonly BilinearWeights _columns;
    private readonly BilinearWeights _rows;

    // A source row as floats, and narrowed rows by source row modulo their number; a pixel is four lanes: R, G, B and one unused.
    private readonly Vector128<float>[] _source;
    private readonly Vector128<float>[][] _narrowed;
    private readonly Vector128<float>[] _sum;
    private int _nextSourceRow;

    public BilinearResize(RgbImage image, ImageSize target)
    {
        _image = image;
        _columns = new BilinearWeights(image.Size.Width, target.Width);
        _rows = new BilinearWeights(image.Size.Height, target.Height);
        _source = new Vector128<float>[image.Size.Width];
        _sum = new Vector128<float>[target.Width];
        _narrowed = new Vector128<float>[_rows.MaximumTaps][];
        for (var i = 0; i < _narrowed.Length; i++)
        {
            _narrowed[i] = new Vector128<float>[target.Width];
        }
    }

    /// <summary>One row of the target; rows must be asked for in ascending order.</summary>
    /// <returns>Four floats per pixel (R, G, B, unused), in [0, 255]; valid until the next call.</returns>
    public ReadOnlySpan<Vector128<float>> Row(int y)
    {
        var first = _rows.First(y);
        var weights = _rows.Of(y);
        while (_nextSourceRow < first + weights.Length)
        {
            Narrow(_nextSourceRow++);
        }

        Array.Clear(_sum);
        for (var i = 0; i < weights.Length; i++)
        {
            var row = _narrowed[(first + i) % _narrowed.Length];
            var weight = Vector128.Create(weights[i]);
            for (var x = 0; x < _sum.Length; x++)
            {
                _sum[x] += weight * row[x];
            }
        }

        return _sum;
    }

    private void Narrow(int sourceRow)
    {
        Widen(_image.Pixels.Slice(sourceRow * _image.Size.Width * 3, _image.Size.Width * 3), _source);
        var target = _narrowed[sourceRow % _narrowed.Length];
        for (var x = 0; x < target.Length; x++)
        {
            var taps = _source.AsSpan(_columns.First(x));
            var weights = _columns.Of(x);
            var sum = Vector128<float>.Zero;
            for (var i = 0; i < weights.Length; i++)
            {
                sum += Vector128.Create(weights[i]) * taps[i];
            }

            target[x] = sum;
        }
    }

    private static void Widen(ReadOnlySpan<byte> pixels, Span<Vector128<float>> target)
    {
        // Reads four bytes per pixel, of which the last belongs to the next pixel and lands in the unused lane.
        var last = target.Length - 1;
        for (var x = 0; x < last; x++)
        {
            var four = Vector128.CreateScalarUnsafe(MemoryMarshal.Read<uint>(pixels[(x * 3)..])).AsByte();
            target[x] = Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(four)).AsInt32());
        }

        target[last] = Vector128.Create(pixels[^3], pixels[^2], pixels[^1], 0f);
    }
}
