using System.Runtime.CompilerServices;

namespace MaskGen.ML.Tests;

/// <summary>This repository, as it lies on the disk.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root() => Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
