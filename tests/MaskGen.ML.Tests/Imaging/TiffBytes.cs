using BitMiracle.LibTiff.Classic;

namespace MaskGen.ML.Tests.Imaging;

/// <summary>TIFF files made by LibTiff.</summary>
internal static class TiffBytes
{
    /// <summary>An image of one page in strips.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="bands">Samples per pixel.</param>
    /// <param name="bits">Bits per sample.</param>
    /// <param name="samples">Row after row, packed.</param>
    /// <param name="photometric">What the samples stand for.</param>
    /// <param name="set">Sets further tags.</param>
    /// <param name="compression">How strips are packed.</param>
    public static byte[] Make(
        ImageSize size, int bands, int bits, byte[] samples, Photometric photometric, Action<Tiff>? set = null,
        Compression compression = Compression.LZW) =>
        MakePages(tiff => Write(tiff, size, bands, bits, samples, photometric, set, compression));

    /// <summary>A file of several pages.</summary>
    public static byte[] MakePages(params Action<Tiff>[] pages)
    {
        using var bytes = new MemoryStream();
        using (var tiff = Tiff.ClientOpen("made", "w", bytes, new TiffStream()))
        {
            foreach (var write in pages)
            {
                write(tiff);
                tiff.WriteDirectory();
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Writes a page.</summary>
    public static void Write(
        Tiff tiff, ImageSize size, int bands, int bits, byte[] samples, Photometric photometric, Action<Tiff>? set = null,
        Compression compression = Compression.LZW)
    {
        tiff.SetField(TiffTag.IMAGEWIDTH, size.Width);
        tiff.SetField(TiffTag.IMAGELENGTH, size.Height);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, bands);
        tiff.SetField(TiffTag.BITSPERSAMPLE, bits);
        tiff.SetField(TiffTag.PHOTOMETRIC, photometric);
        tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.ROWSPERSTRIP, compression == Compression.JPEG ? 8 : 7);
        tiff.SetField(TiffTag.COMPRESSION, compression);
        set?.Invoke(tiff);
        var length = ((size.Width * bands * bits) + 7) / 8;
        for (var y = 0; y < size.Height; y++)
        {
            Assert.True(tiff.WriteScanline(samples[(y * length)..((y + 1) * length)], y));
        }
    }
}
