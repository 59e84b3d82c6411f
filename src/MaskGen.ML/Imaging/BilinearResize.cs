using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MaskGen.ML.Imaging;

/// <summary>Antialiased bilinear resizing of 8-bit images to float rows, one target row after the other.</summary>
/// <remarks>
/// Works on floats throughout, as torchvision does on tensors: nothing is rounded to 8 bits in between. Every source row is narrowed once
/// and added to the target rows that it belongs to, of which a few are under way at a time; so memory grows with the target alone, whatever
/// the shape of the image. Not safe for concurrent use.
/// </remarks>
internal sealed class BilinearResize
{
    // Source samples between two checks of the token.
    private const int SamplesPerLook = 1 << 20;

    private readonly RgbImage _image;
    private readonly BilinearWeights _columns;
    private readonly BilinearWeights _rows;
    private readonly CancellationToken _cancellationToken;

    // A narrowed source row, and target rows under way by their index modulo their number; a pixel is four lanes: R, G, B and one unused.
    private readonly Vector128<float>[] _narrowed;
    private readonly Vector128<float>[][] _sums;

    // Weights of the source rows of each target row under way, which are asked for once per target row.
    private readonly float[][] _rowWeights;
    private readonly int _targetRows;
    private int _nextSourceRow;
    private int _nextTargetRow;
    private int _samplesSinceLook;

    public BilinearResize(RgbImage image, ImageSize target, CancellationToken cancellationToken = default)
    {
        _image = image;
        _cancellationToken = cancellationToken;
        _columns = new BilinearWeights(image.Size.Width, target.Width);
        _rows = new BilinearWeights(image.Size.Height, target.Height);
        _narrowed = new Vector128<float>[target.Width];
        _targetRows = target.Height;
        var underWay = MostUnderWay(_rows, target.Height);
        _sums = new Vector128<float>[underWay][];
        _rowWeights = new float[underWay][];
        for (var i = 0; i < underWay; i++)
        {
            _sums[i] = new Vector128<float>[target.Width];
            _rowWeights[i] = new float[_rows.MaximumTaps];
        }
    }

    /// <summary>One row of the target; rows must be asked for in ascending order.</summary>
    /// <returns>Four floats per pixel (R, G, B, unused), in [0, 255]; valid until the next call.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public ReadOnlySpan<Vector128<float>> Row(int y)
    {
        var end = _rows.First(y) + _rows.Count(y);
        while (_nextSourceRow < end)
        {
            Narrow();
            for (; _nextTargetRow < _targetRows && _rows.First(_nextTargetRow) <= _nextSourceRow; _nextTargetRow++)
            {
                Begin(_nextTargetRow);
            }

            for (var target = y; target < _nextTargetRow; target++)
            {
                Add(target);
            }

            _nextSourceRow++;
        }

        return _sums[y % _sums.Length];
    }

    // Target rows that have begun when the first of them ends.
    private static int MostUnderWay(BilinearWeights rows, int targetRows)
    {
        var most = 1;
        for (int first = 0, end = 0; first < targetRows; first++)
        {
            while (end < targetRows && rows.First(end) < rows.First(first) + rows.Count(first))
            {
                end++;
            }

            most = Math.Max(most, end - first);
        }

        return most;
    }

    private void Begin(int targetRow)
    {
        var place = targetRow % _sums.Length;
        Array.Clear(_sums[place]);
        _rows.Of(targetRow).CopyTo(_rowWeights[place]);
    }

    private void Add(int targetRow)
    {
        var place = targetRow % _sums.Length;
        var sum = _sums[place];
        var weight = Vector128.Create(_rowWeights[place][_nextSourceRow - _rows.First(targetRow)]);
        for (var x = 0; x < sum.Length; x++)
        {
            sum[x] += weight * _narrowed[x];
        }
    }

    private void Narrow()
    {
        var start = (long)_nextSourceRow * _image.Size.Width;
        for (var x = 0; x < _narrowed.Length; x++)
        {
            var weights = _columns.Of(x);
            _narrowed[x] = WeightedSum(start + _columns.First(x), weights);
            _samplesSinceLook += weights.Length;
            if (_samplesSinceLook >= SamplesPerLook)
            {
                _samplesSinceLook = 0;
                _cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private Vector128<float> WeightedSum(long firstPixel, ReadOnlySpan<float> weights)
    {
        // Four bytes are read per pixel, of which the last belongs to the next pixel and lands in the unused lane; the last pixel has no
        // next.
        var bytes = _image.Pixels[(int)(3 * firstPixel)..];
        ref var pixels = ref MemoryMarshal.GetReference(bytes);
        var safe = Math.Min(weights.Length, (bytes.Length - 1) / 3);
        var sum = Vector128<float>.Zero;
        for (var i = 0; i < safe; i++)
        {
            var four = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixels, 3 * i))).AsByte();
            sum += Vector128.Create(weights[i]) * Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(four)).AsInt32());
        }

        return safe == weights.Length ? sum : sum + (Vector128.Create(weights[^1]) * Vector128.Create(bytes[^3], bytes[^2], bytes[^1], 0f));
    }
}
