using System.Text;

namespace MaskGen.ML.Tests.Imaging;

public class ForeignFormatTests
{
    [Theory]
    [InlineData("II*\0\u0010\0\0\0CR\u0002\0\0\0\0\0", "a camera raw image (Canon CR2); develop it")]
    [InlineData("II*\0\u0008\0\0\0\u0001\0\u0012\u00C6\u0001\0\u0004\0\0\0\u0001\u0004\0\0", "a camera raw image (DNG); develop it")]
    [InlineData("MM\0*\0\0\0\u0008\0\u0003\0\u00FE\0\u0004\0\0\0\u0001\0\0\0\u0001"
        + "\u0001\u000F\0\u0002\0\0\0\u0004abc\0\u0001\u004A\0\u0004\0\0\0\u0001\0\0\0\0",
        "a camera raw image (NEF, ARW or another built on TIFF)")]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0mif1heic", "a HEIC image; convert it to PNG or JPEG")]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0mif1heix", "a HEIC image")]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0mif1avif", "an AVIF image; convert it to PNG or JPEG")]
    [InlineData("\0\0\0\u0014ftypavif\0\0\0\0mif1", "an AVIF image")]
    [InlineData("\0\0\0\u0018ftypcrx \0\0\0\u0001crx isom", "a camera raw image (Canon CR3)")]
    [InlineData("\0\0\0\u0018ftypisom\0\0\u0002\0isomavc1", "a video (MP4); take frames out of it")]
    [InlineData("\0\0\0\u0014ftypqt  \0\0\0\0qt  ", "a video (QuickTime)")]
    [InlineData("\0\0\0\u0008moov....", "a video (QuickTime)")]
    [InlineData("\u001AE\u00DF\u00A3....", "a video (Matroska or WebM)")]
    [InlineData("RIFF....AVI LIST", "a video (AVI)")]
    [InlineData("\u00FF\n\u00FA....", "a JPEG XL image; convert")]
    [InlineData("\0\0\0\u000CJXL \r\n\u0087\n", "a JPEG XL image")]
    [InlineData("\0\0\0\u000CjP  \r\n\u0087\n", "a JPEG 2000 image; convert")]
    [InlineData("\u00FFO\u00FFQ\0/", "a JPEG 2000 image")]
    [InlineData("8BPS\0\u0001", "a Photoshop document (PSD)")]
    [InlineData("\0\0\u0001\0\u0001\0\u0010\u0010", "a Windows icon (ICO); convert")]
    [InlineData("%PDF-1.7\n", "a PDF document; render it to PNG")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing; render it to PNG")]
    [InlineData("\uFEFF<?xml version=\"1.0\"?>\n<!-- Made by hand --><svg/>", "an SVG drawing")]
    [InlineData("  \n<!DOCTYPE html><html><title>Sign in</title>", "an HTML page; a download that needs a sign-in")]
    [InlineData("<HTML>", "an HTML page")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "an XML document; a failed download")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n",
        "a Git LFS pointer, not the image itself; fetch it with git lfs pull")]
    [InlineData("P6\n3 2\n255\n......", "a Netpbm image (PNM); convert")]
    [InlineData("PK\u0003\u0004....", "a ZIP archive; unpack it")]
    [InlineData("{\"error\": \"not found\"}", "text (22 bytes), beginning \"{\"error\": \"not found\"}\"")]
    [InlineData("BMW cars of the year and their makers", "text (37 bytes), beginning \"BMW cars")]
    [InlineData("\0\0\0\0\0\0", "zeros only (6 bytes)")]
    [InlineData("\u0001\u0002\u0003\u00FE", "a file of an unknown format (4 bytes), beginning 010203FE in hexadecimal")]
    [InlineData("", "an empty file")]
    public void Load_WhatIsNoImage_IsNamedWithTheWayOut(string content, string expected)
    {
        var bytes = content.Contains('\uFEFF', StringComparison.Ordinal)
            ? Encoding.UTF8.GetBytes(content)
            : Encoding.Latin1.GetBytes(content);

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(bytes)));

        Assert.StartsWith("stream: expected an image (PNG, JPEG, TIFF, WebP, BMP or GIF), found "
            + expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LongText_ShowsItsBeginningWithoutControlCharacters()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => RgbImage.Load(new MemoryStream(Encoding.UTF8.GetBytes("a\tb\n" + new string('ü', 9000)))));

        Assert.Contains("text (18004 bytes), beginning \"a b ü", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 200);
    }

    [Fact]
    public void Load_DicomAndTar_AreKnownByWhatComesLater()
    {
        var dicom = new byte[200];
        "DICM"u8.CopyTo(dicom.AsSpan(128));
        var tar = new byte[512];
        "photo.png"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));

        Assert.Contains(
            "a DICOM image", Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(dicom))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "a tar archive", Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(tar))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xC3, 8, "a lossless or hierarchical JPEG")]
    [InlineData(0xC9, 8, "an arithmetic-coded JPEG")]
    [InlineData(0xC1, 12, "a JPEG of 12 bits per sample, not 8; convert it")]
    public void Load_JpegOfARareKind_IsNamed(byte frameMarker, byte bits, string expected)
    {
        var file = File.ReadAllBytes(Fixture.Path("images/formats/baseline.jpg"));
        var frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        (file[frame + 1], file[frame + 4]) = (frameMarker, bits);

        Assert.Contains(
            expected, Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(file))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PngOfXcode_IsNamed()
    {
        var file = ImageBytes.Insert(ImageBytes.Random("png", 3, 3, 1), 8, ImageBytes.Chunk("CgBI", [0x50, 0, 0x20, 2]));

        Assert.Contains(
            "an Xcode-optimized PNG", Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(file))).Message,
            StringComparison.Ordinal);
    }
}
