using MaskGen.ML.Imaging;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>Reads the image of the current row from a column of bytes, each vector of them a whole image file; no bytes are no
/// image.</summary>
internal sealed class EncodedFileReader(IHost host, DataViewRow row, string columnName, long maximumPixels, ImageRange range)
    : ImageReader(columnName)
{
    private readonly ValueGetter<VBuffer<byte>> _getter = row.GetGetter<VBuffer<byte>>(row.Schema[columnName]);

    public override RgbImage? Read() => Decode(maximumPixels);

    public override RgbImage Read(ImageSize expected, string reason)
    {
        // What an image of masks has passed before; the default is for one of another size, which is to be told by its size.
        var image = Decode(Math.Max(ImageLoadOptions.DefaultMaximumPixels, expected.PixelCount));
        return image?.Size == expected ? image : throw OtherSize(expected, reason, image?.Size);
    }

    private RgbImage? Decode(long limit)
    {
        VBuffer<byte> file = default;
        _getter(ref file);
        if (file.Length == 0)
        {
            return null;
        }

        var bytes = new byte[file.Length];
        file.CopyTo(bytes);
        return StageStep.Run(host, "Read", cancellation => ImageDecoder.Decode(
            new MemoryStream(bytes, writable: false),
            $"Column '{ColumnName}'",
            new ImageLoadOptions { MaximumPixels = limit, Range = range, NameOfLimit = "the option MaximumPixels" },
            cancellation));
    }
}
