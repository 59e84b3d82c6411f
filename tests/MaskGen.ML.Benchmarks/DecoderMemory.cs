using System.Diagnostics;
using System.Globalization;

namespace MaskGen.ML.Benchmarks;

/// <summary>Peak memory of segmenting everything on the tiny architecture, for two numbers of points, each in a process of its
/// own.</summary>
internal static class DecoderMemory
{
    public static void Report()
    {
        int[] sides = BenchmarkScale.IsDryRun ? [2] : [16, 32];
        foreach (var pointsPerSide in sides)
        {
            var arguments = BenchmarkScale.ChildArguments(
                "everything", "1800", "1200", pointsPerSide.ToString(CultureInfo.InvariantCulture));
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
            Console.Write(child.StandardOutput.ReadToEnd());
            child.WaitForExit();
            Environment.ExitCode |= child.ExitCode;
        }
    }
}
