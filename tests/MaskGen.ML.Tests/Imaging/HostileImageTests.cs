using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Tests.Checkpoints;

namespace MaskGen.ML.Tests.Imaging;

/// <summary>Damaged images end in <see cref="InvalidDataException"/> or are read; nothing else happens, and memory stays in
/// proportion.</summary>
public class HostileImageTests
{
    private const long MaximumPixels = 1 << 20;

    // What reading allocates at most: the image, once more for a file that ends early, and fixed buffers.
    private const long MostAllocated = (2 * 3 * MaximumPixels) + (2 << 20);

    private static readonly ImageLoadOptions Options = new() { MaximumPixels = MaximumPixels };

    private static readonly Dictionary<string, byte[]> Files = Directory.GetFiles(Fixture.Path("images/formats"))
        .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);

    [Property(MaxTest = 1500)]
    public void Jpeg_Mutated_IsReadOrRefused(DoNotSize<int> seed) =>
        ReadMutated(seed.Item, "baseline.jpg", "progressive.jpg", "cmyk.jpg", "gray.jpg", "restarts.jpg", "scans.jpg");

    [Property(MaxTest = 1500)]
    public void Png_Mutated_IsReadOrRefused(DoNotSize<int> seed) => ReadMutated(seed.Item, "plain.png", "alpha.png");

    [Property(MaxTest = 1500)]
    public void WebP_Mutated_IsReadOrRefused(DoNotSize<int> seed) =>
        ReadMutated(seed.Item, "lossless.webp", "lossy.webp", "alpha.webp", "animated.webp");

    [Property(MaxTest = 1500)]
    public void Gif_Mutated_IsReadOrRefused(DoNotSize<int> seed) => ReadMutated(seed.Item, "plain.gif", "interlaced.gif", "animated.gif");

    [Property(MaxTest = 1500)]
    public void Bmp_Mutated_IsReadOrRefused(DoNotSize<int> seed) => ReadMutated(seed.Item, "plain.bmp", "palette.bmp");

    // Whatever the beginning promises.
    [Property(MaxTest = 1000)]
    public void Noise_BehindAnyBeginning_IsReadOrRefused(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var start = Files.Values.ElementAt(random.Next(Files.Count));
        var noise = new byte[random.Next(400)];
        random.NextBytes(noise);
        Read([.. start[..random.Next(Math.Min(start.Length, 60))], .. noise]);
    }

    private static void ReadMutated(int seed, params string[] names)
    {
        var random = new Random(seed);
        var name = names[random.Next(names.Length)];
        var file = Files[name];

        // Half of them where the structure is.
        var bytes = Mutation.Apply(file, seed, random.Next(2) == 0 ? 80 : null);
        Read(name.EndsWith("png", StringComparison.Ordinal) && random.Next(4) > 0 ? WithChecksums(bytes) : bytes);
    }

    private static void Read(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var image = RgbImage.Load(new MemoryStream(bytes), Options);
            Assert.InRange(image.Size.PixelCount, 1, MaximumPixels);
            Assert.Equal(3 * image.Size.PixelCount, image.Pixels.Length);
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith("stream: ", e.Message, StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
    }

    // Makes the chunks' checksums right again, so that the damage gets past them.
    private static byte[] WithChecksums(byte[] png)
    {
        var at = 8;
        while (at + 12 <= png.Length)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            if (length < 0 || length > png.Length - at - 12)
            {
                break;
            }

            var crc = System.IO.Hashing.Crc32.HashToUInt32(png.AsSpan(at + 4, length + 4));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + length), crc);
            at += length + 12;
        }

        return png;
    }
}
