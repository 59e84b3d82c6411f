using System.Runtime.CompilerServices;

namespace MaskGen.ML.Web.Tests.Page;

/// <summary>The pictures of the samples' folder, and places on their objects.</summary>
internal static class SampleImages
{
    public const string StillLife = "still-life.png";
    public const string Breakfast = "breakfast.png";

    /// <summary>On the mug of the still life, in pixels.</summary>
    public static readonly (int X, int Y) Mug = (250, 300);

    /// <summary>On its handle.</summary>
    public static readonly (int X, int Y) Handle = (150, 260);

    /// <summary>On the green cone.</summary>
    public static readonly (int X, int Y) Cone = (515, 440);

    /// <summary>On the blue egg.</summary>
    public static readonly (int X, int Y) Egg = (80, 345);

    /// <summary>On the table, where there is nothing.</summary>
    public static readonly (int X, int Y) Table = (330, 560);

    public static string PathOf(string name, [CallerFilePath] string thisFile = "") =>
        Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "samples", name);
}
