using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MaskGen.ML.Benchmarks;

/// <summary>What a machine makes of a second process when nothing but arithmetic counts: multiply-adds on registers alone, without memory,
/// files, or a system call. Two processors that share a core are told apart by it, and a clock that goes down when both
/// compute.</summary>
internal static class ArithmeticCeiling
{
    /// <summary>The argument, after <c>runs</c>, of a process that computes; how often follows it.</summary>
    public const string Argument = "arithmetic";

    private const int Sums = 12;
    private static readonly long Turns = BenchmarkScale.IsDryRun ? 1_000 : 500_000_000;

    /// <summary>Times as much as one process that two do at once; 2 where they do not get into each other's way.</summary>
    public static double Measure()
    {
        var one = Seconds(processes: 1);
        return 2 * one / Seconds(processes: 2);
    }

    /// <summary>In a process of its own: computes, and writes the seconds that it took, its start excepted.</summary>
    public static void RunChild(string turns)
    {
        var count = long.Parse(turns, CultureInfo.InvariantCulture);
        var watch = Stopwatch.StartNew();
        var sum = Vector512.IsHardwareAccelerated ? Wide(count) : Narrow(count);
        Console.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalSeconds} {sum}"));
    }

    private static double Seconds(int processes)
    {
        var arguments = BenchmarkScale.ChildArguments("runs", Argument, Turns.ToString(CultureInfo.InvariantCulture));
        var children = Enumerable.Range(0, processes).Select(_ => Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!).ToList();
        return children.Max(child =>
        {
            using (child)
            {
                var seconds = child.StandardOutput.ReadToEnd().Split(' ')[0];
                child.WaitForExit();
                return double.Parse(seconds, CultureInfo.InvariantCulture);
            }
        });
    }

    // More sums than multiply-adds that are under way at once, so that none waits for the one before; and few enough for the registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Wide(long turns)
    {
        var (factor, one) = (Vector512.Create(0.5f), Vector512<float>.One);
        var (a, b, c, d, e, f) = (one, one, one, one, one, one);
        var (g, h, i, j, k, l) = (one, one, one, one, one, one);
        for (var turn = 0L; turn < turns; turn++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, one);
            b = Vector512.FusedMultiplyAdd(b, factor, one);
            c = Vector512.FusedMultiplyAdd(c, factor, one);
            d = Vector512.FusedMultiplyAdd(d, factor, one);
            e = Vector512.FusedMultiplyAdd(e, factor, one);
            f = Vector512.FusedMultiplyAdd(f, factor, one);
            g = Vector512.FusedMultiplyAdd(g, factor, one);
            h = Vector512.FusedMultiplyAdd(h, factor, one);
            i = Vector512.FusedMultiplyAdd(i, factor, one);
            j = Vector512.FusedMultiplyAdd(j, factor, one);
            k = Vector512.FusedMultiplyAdd(k, factor, one);
            l = Vector512.FusedMultiplyAdd(l, factor, one);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l) / Sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Narrow(long turns)
    {
        var (factor, one) = (Vector256.Create(0.5f), Vector256<float>.One);
        var (a, b, c, d, e, f) = (one, one, one, one, one, one);
        var (g, h, i, j, k, l) = (one, one, one, one, one, one);
        for (var turn = 0L; turn < turns; turn++)
        {
            a = Vector256.FusedMultiplyAdd(a, factor, one);
            b = Vector256.FusedMultiplyAdd(b, factor, one);
            c = Vector256.FusedMultiplyAdd(c, factor, one);
            d = Vector256.FusedMultiplyAdd(d, factor, one);
            e = Vector256.FusedMultiplyAdd(e, factor, one);
            f = Vector256.FusedMultiplyAdd(f, factor, one);
            g = Vector256.FusedMultiplyAdd(g, factor, one);
            h = Vector256.FusedMultiplyAdd(h, factor, one);
            i = Vector256.FusedMultiplyAdd(i, factor, one);
            j = Vector256.FusedMultiplyAdd(j, factor, one);
            k = Vector256.FusedMultiplyAdd(k, factor, one);
            l = Vector256.FusedMultiplyAdd(l, factor, one);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l) / Sums;
    }
}
