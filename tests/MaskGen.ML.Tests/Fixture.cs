namespace MaskGen.ML.Tests;

/// <summary>Paths of the committed fixtures, which the build copies beside the test assembly.</summary>
internal static class Fixture
{
    /// <summary>Full path of a fixture, such as <c>micro/config.json</c>.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", relative);
}
