using System.Runtime.CompilerServices;
using SkiaSharp;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>The pictures of the samples' folder, and places on their objects.</summary>
internal static class SampleImages
{
    public const string StillLife = "still-life.png";
    public const string Breakfast = "breakfast.png";

    /// <summary>The still life, larger than what is painted of an image.</summary>
    public const string Large = "large.png";

    public const int LargeScale = 3;

    /// <summary>On the mug of the still life, in pixels.</summary>
    public static readonly (int X, int Y) Mug = (250, 300);

    /// <summary>On its handle.</summary>
    public static readonly (int X, int Y) Handle = (150, 260);

    /// <summary>On the green cone.</summary>
    public static readonly (int X, int Y) Cone = (515, 440);

    /// <summary>On the green box behind the cone.</summary>
    public static readonly (int X, int Y) Box = (400, 300);

    /// <summary>On the blue egg.</summary>
    public static readonly (int X, int Y) Egg = (80, 345);

    /// <summary>On the table, where there is nothing.</summary>
    public static readonly (int X, int Y) Table = (330, 560);

    /// <summary>Writes a copy.</summary>
    public static void Write(string name, string path)
    {
        if (name != Large)
        {
            File.Copy(PathOf(name), path);
            return;
        }

        using var small = SKBitmap.Decode(PathOf(StillLife));
        using var large = new SKBitmap(LargeScale * small.Width, LargeScale * small.Height);
        using (var canvas = new SKCanvas(large))
        {
            canvas.DrawBitmap(small, SKRect.Create(large.Width, large.Height));
        }

        using var data = large.Encode(SKEncodedImageFormat.Png, quality: 100);
        using var file = File.Create(path);
        data.SaveTo(file);
    }

    public static string PathOf(string name, [CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "samples", name);
}
