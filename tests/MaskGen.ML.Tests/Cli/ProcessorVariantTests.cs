using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Tests.Cli;

public class ProcessorVariantTests
{
    private const string Avx2 = "fpu sse2 ssse3 fma movbe f16c avx bmi1 avx2 bmi2";
    private const string Avx512 = Avx2 + " avx512f avx512dq avx512cd avx512bw avx512vl";

    [Theory]
    [InlineData("fpu sse2 ssse3 sse4_2", null)]
    [InlineData("fpu sse2 fma f16c avx bmi1 avx2 bmi2", null)] // without MOVBE
    [InlineData(Avx2, ProcessorVariant.WithAvx2)]
    [InlineData(Avx2 + " avx512f avx512cd", ProcessorVariant.WithAvx2)] // Knights Landing
    [InlineData(Avx512, ProcessorVariant.WithAvx512)]
    public void Best_IsWhatTheProcessorCanRun(string flags, string? expected) =>
        Assert.Equal(expected, ProcessorVariant.Best(Describe("AuthenticAMD", 26, 2, flags), _ => null));

    [Theory]
    [InlineData("GenuineIntel", 6, 85, ProcessorVariant.WithAvx2)] // Skylake and Cascade Lake servers
    [InlineData("GenuineIntel", 6, 102, ProcessorVariant.WithAvx2)] // Cannon Lake
    [InlineData("GenuineIntel", 6, 106, ProcessorVariant.WithAvx512)] // Ice Lake servers
    [InlineData("AuthenticAMD", 6, 85, ProcessorVariant.WithAvx512)]
    public void Best_WhereLongVectorsSlowTheCoreDown_IsAvx2(string vendor, int family, int model, string expected) =>
        Assert.Equal(expected, ProcessorVariant.Best(Describe(vendor, family, model, Avx512), _ => null));

    [Theory]
    [InlineData("DOTNET_EnableAVX512", ProcessorVariant.WithAvx2)]
    [InlineData("DOTNET_EnableAVX512F", ProcessorVariant.WithAvx2)]
    [InlineData("DOTNET_EnableAVX2", null)]
    [InlineData("DOTNET_EnableHWIntrinsic", null)]
    public void Best_WithInstructionsSwitchedOff_DoesWithoutThem(string variable, string? expected) =>
        Assert.Equal(expected, ProcessorVariant.Best(Describe("AuthenticAMD", 26, 2, Avx512), name => name == variable ? "0" : null));

    [Theory]
    [InlineData("")]
    [InlineData("no colon here\nflags")]
    public void Best_OfWhatCannotBeRead_IsTheProgramForEveryProcessor(string processor) =>
        Assert.Null(ProcessorVariant.Best(processor, _ => null));

    private static string Describe(string vendor, int family, int model, string flags) =>
        $"processor\t: 0\nvendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: {model}\n"
        + $"model name\t: Some (R) CPU\nflags\t\t: {flags}";
}
