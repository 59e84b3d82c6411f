using System.Diagnostics;
using System.Globalization;

namespace MaskGen.ML.Tests.Imaging;

/// <summary>Steps in another process, whose memory nothing else takes.</summary>
public class ImageChild
{
    private const string ArgumentVariable = "MASKGEN_TEST_IMAGE_CHILD";

    /// <summary>Runs one of the steps below and returns the lines that it gives.</summary>
    internal static string[] Run(string step, string argument = "")
    {
        var outputPath = Path.GetTempFileName();
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, typeof(ImageChild).Assembly.GetName().Name!))
        {
            RedirectStandardOutput = true,
            ArgumentList = { "-explicit", "only", "-method", $"{typeof(ImageChild).FullName}.{step}" },
            Environment = { [ArgumentVariable] = $"{outputPath}\n{argument}" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        var lines = File.ReadAllLines(outputPath);
        File.Delete(outputPath);
        Assert.True(lines.Length > 0, $"Expected an answer of {step}, found none:\n{output}");
        return lines;
    }

    /// <summary>Bytes by which refusing all bombs raises the peak.</summary>
    [Fact(Explicit = true)]
    public void Bombs_AllOfThem_GiveThePeak() => Answer(_ =>
    {
        WarmUp();
        var before = ResidentBytes("VmHWM:");
        foreach (var (name, _) in RgbImageLimitTests.Bombs().Select(row => row.Data))
        {
            Assert.Throws<InvalidDataException>(() => RgbImage.Load(new MemoryStream(RgbImageLimitTests.Bomb(name))));
        }

        return [(ResidentBytes("VmHWM:") - before).ToString(CultureInfo.InvariantCulture)];
    });

    /// <summary>Bytes per pixel by which reading an image raises the peak.</summary>
    [Fact(Explicit = true)]
    public void Load_FourMillionPixels_GivesThePeak() => Answer(format =>
    {
        const int Side = 4096;
        using var folder = new TestFolder();
        var path = folder.Write("image", Make(format, Side));
        WarmUp();

        // What making the file took goes back to the system: kept by the collector, it would hold the image without being seen.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

        // The peak so far is that of making the file.
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = ResidentBytes("VmRSS:");
        Assert.Equal(new ImageSize(Side, Side), RgbImage.Load(path).Size);
        return [((ResidentBytes("VmHWM:") - before) / (double)(Side * Side)).ToString(CultureInfo.InvariantCulture)];
    });

    /// <summary>Bytes per pixel by which reading an image by tiles raises the peak.</summary>
    [Fact(Explicit = true)]
    public void Tiles_SixtyFourMillionPixels_GivesThePeak() => Answer(format =>
    {
        const int Side = 8192;
        const int Tile = Side / 8;
        using var folder = new TestFolder();
        if (format.StartsWith("tif", StringComparison.Ordinal))
        {
            var strips = folder.Write("strips", TiffBytes.Make(
                new ImageSize(Side, Side), 3, 8, new byte[3 * Side * Side], BitMiracle.LibTiff.Classic.Photometric.RGB));
            if (format == "tif-tiles")
            {
                Gdal.Translate("-co TILED=YES -co COMPRESS=DEFLATE", strips, folder["image"]);
            }
            else
            {
                File.Move(strips, folder["image"]);
            }
        }
        else
        {
            folder.Write("image", Make(format, Side));
        }

        WarmUp();
        using (var warm = new MemoryStream(File.ReadAllBytes(Fixture.Path("images/scene.png"))))
        {
            MaskGen.ML.Imaging.ImageTiles.Open(warm, "scene", new ImageLoadOptions(), 64, 0, default).Dispose();
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = ResidentBytes("VmRSS:");
        using var stream = File.OpenRead(folder["image"]);
        using var image = MaskGen.ML.Imaging.ImageTiles.Open(stream, "image", new ImageLoadOptions(), Tile, 0, default);
        for (var top = 0; top < Side; top += Tile)
        {
            for (var left = 0; left < Side; left += Tile)
            {
                image.Read(new PixelArea(left, top, new ImageSize(Tile, Tile)));
            }
        }

        return [((ResidentBytes("VmHWM:") - before) / (double)((long)Side * Side)).ToString(CultureInfo.InvariantCulture)];
    });

    private static byte[] Make(string format, int side)
    {
        switch (format)
        {
            case "png":
                return ImageBytes.Png(side, side, 8, 2, new byte[((3 * side) + 1) * side]);
            case "bmp":
                return ImageBytes.Bmp(side, side, 24, 0, 0, new byte[3 * side * side]);
            case "gif":
                return ImageBytes.Gif(side, side, 1, 1, [2, 2, 0x44, 1, 0]);
            case "webp":
                return ImageBytes.PlainWebP(side, side);
            default:
                using (var bitmap = new SkiaSharp.SKBitmap(side, side))
                using (var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Jpeg, 90))
                {
                    return data.ToArray();
                }
        }
    }

    private static void WarmUp()
    {
        foreach (var name in (string[])["baseline.jpg", "plain.png", "plain.gif", "lossless.webp", "plain.bmp"])
        {
            RgbImage.Load(Fixture.Path($"images/formats/{name}"));
        }
    }

    private static long ResidentBytes(string field) =>
        1024 * long.Parse(
            File.ReadLines("/proc/self/status")
                .Single(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture);

    private static void Answer(Func<string, string[]> step)
    {
        var arguments = Environment.GetEnvironmentVariable(ArgumentVariable)?.Split('\n');
        Assert.SkipWhen(arguments is null, "Run by another test only.");
        File.WriteAllLines(arguments[0], step(arguments[1]));
    }
}
