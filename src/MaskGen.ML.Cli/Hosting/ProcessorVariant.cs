using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>The native program is made for one set of instructions. Beside the one that runs on every x64 processor lie others, for AVX2
/// and for AVX-512: this hands over to the best of them. The JIT compiler needs none of it.</summary>
internal static class ProcessorVariant
{
    /// <summary>The level of x86-64 that has AVX2 and FMA, as the ABI names it, and what follows the program's name.</summary>
    public const string WithAvx2 = "x86-64-v3";

    /// <summary>The level of x86-64 that has AVX-512 F, BW, CD, DQ and VL.</summary>
    public const string WithAvx512 = "x86-64-v4";

    private static readonly string[] Avx2Flags = ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"];
    private static readonly string[] Avx512Flags = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"];

    /// <summary>The variant to run here; null where the program for every processor is the best.</summary>
    public static string? BestHere => Best(Processor(), Environment.GetEnvironmentVariable);

    /// <summary>Becomes the best program for this processor; returns if this one is it, or if there is no other.</summary>
    /// <param name="args">The arguments after the program's name.</param>
    /// <remarks>To be called before anything else: the process stays the same, all that it had is gone.</remarks>
    public static void HandOver(string[] args)
    {
        if (RuntimeFeature.IsDynamicCodeSupported || !OperatingSystem.IsLinux() || !HasLzcnt()
            || Environment.ProcessPath is not { } path)
        {
            return;
        }

        if (path.EndsWith(WithAvx2, StringComparison.Ordinal) || path.EndsWith(WithAvx512, StringComparison.Ordinal))
        {
            LargePages.EndAsking();
            return;
        }

        if (BestHere is { } variant && File.Exists($"{path}-{variant}"))
        {
            LargePages.AskForNextProgram();
            ProcessReplacement.Execute($"{path}-{variant}", [Environment.GetCommandLineArgs()[0], .. args]);
        }
    }

    /// <summary>The variant to run.</summary>
    /// <param name="processor">What <c>/proc/cpuinfo</c> says of one.</param>
    /// <param name="variable">A variable of the environment: those that switch off instructions for the JIT compiler count here
    /// too.</param>
    /// <returns>Null where the program for every processor is the best.</returns>
    public static string? Best(string processor, Func<string, string?> variable)
    {
        var values = processor.Split('\n').Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
            .GroupBy(parts => parts[0].Trim()).ToDictionary(group => group.Key, group => group.First()[1].Trim());
        string Value(string name) => values.GetValueOrDefault(name, string.Empty);
        bool Allows(string name) => variable("DOTNET_Enable" + name) != "0";
        var flags = Value("flags").Split(' ').ToHashSet();

        if (!flags.IsSupersetOf(Avx2Flags) || !Allows("HWIntrinsic") || !Allows("AVX") || !Allows("AVX2"))
        {
            return null;
        }

        // Where 512-bit instructions slow the whole core down, as .NET has it: Skylake, Cascade Lake and Cooper Lake servers; Cannon Lake.
        var slowsDown = Value("vendor_id") == "GenuineIntel" && Value("cpu family") == "6" && Value("model") is "85" or "102";
        return flags.IsSupersetOf(Avx512Flags) && !slowsDown && Allows("AVX512") && Allows("AVX512F") ? WithAvx512 : WithAvx2;
    }

    // All variants use it, and some virtual machines have it without listing it. Lzcnt.IsSupported is not asked: a program that was
    // compiled for every processor answers false.
    private static bool HasLzcnt() => X86Base.IsSupported && (X86Base.CpuId(unchecked((int)0x80000001), 0).Ecx & (1 << 5)) != 0;

    // The first processor; on a machine with hundreds of them the whole file takes long.
    private static string Processor()
    {
        try
        {
            using var lines = File.OpenText("/proc/cpuinfo");
            var first = new List<string>();
            while (lines.ReadLine() is { Length: > 0 } line)
            {
                first.Add(line);
            }

            return string.Join('\n', first);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
