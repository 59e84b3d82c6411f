using System.Diagnostics;

namespace MaskGen.ML.Tests.Imaging;

/// <summary>GDAL's programs; a test that needs one is skipped where it is not installed.</summary>
internal static class Gdal
{
    /// <summary>Skips the test where there is no GDAL.</summary>
    public static void SkipUnlessInstalled() => Run("gdal_translate", "--version");

    /// <summary>Makes an image.</summary>
    /// <param name="arguments">Options of <c>gdal_translate</c>, with spaces between them.</param>
    /// <param name="source">The image that it is made of.</param>
    /// <param name="target">The image.</param>
    public static void Translate(string arguments, string source, string target) =>
        Run("gdal_translate", [.. Split(arguments), "-q", source, target]);

    /// <summary>Runs a program.</summary>
    /// <returns>What it writes.</returns>
    public static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.GetAwaiter().GetResult()}");
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"GDAL's {program} is not installed.");
            throw;
        }
    }

    private static string[] Split(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
