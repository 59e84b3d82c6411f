namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>What takes minutes and is tested by <c>build/long-tests.sh</c> alone: every tool, the native program for every
/// processor, and a native program of the direct API.</summary>
internal static class LongTests
{
    private const string Variable = "MASKGEN_TEST_TOOLS";

    /// <summary>Whether they are to run.</summary>
    public static bool AreWanted => Environment.GetEnvironmentVariable(Variable) == "all";

    /// <summary>Skips a test otherwise.</summary>
    public static void SkipUnlessWanted() =>
        Assert.SkipUnless(AreWanted, $"Packs or compiles for minutes: build/long-tests.sh ({Variable}=all).");
}
