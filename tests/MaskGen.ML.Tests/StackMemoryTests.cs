using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests;

/// <summary>Nothing takes memory from the stack whose size a user, a prompt or a model chooses: nobody can catch a stack that
/// overflows.</summary>
public partial class StackMemoryTests
{
    [Fact]
    public void Sources_TakeOnlyConstantsFromTheStack()
    {
        var sources = Sources();
        var offences = from path in Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
                       where !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                       from Match match in StackAllocation().Matches(File.ReadAllText(path))
                       where !Constant().IsMatch(match.Groups[1].Value)
                       select $"{Path.GetRelativePath(sources, path)}: {match.Value}";
        Assert.Empty(offences);
    }

    [Theory]
    [InlineData("3", true)]
    [InlineData("TileRows * PanelWidth", true)]
    [InlineData("PanelKernels.PanelWidth", true)]
    [InlineData("FileHeaderLength + CoreHeaderLength", true)]
    [InlineData("sizeof(long)", true)]
    [InlineData("3 + (2 * 4) + 3", true)]
    [InlineData("tensor.Shape.Length", false)]
    [InlineData("Step * size", false)]
    [InlineData("rows * TileRows", false)]
    [InlineData("_channels", false)]
    [InlineData("Math.Max(rows, 1)", false)]
    public void Constant_AnyLength_TellsWhatIsFixed(string length, bool expected) => Assert.Equal(expected, Constant().IsMatch(length));

    private static string Sources([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "src"));

    [GeneratedRegex(@"stackalloc\s+\w+\s*\[([^\]]*)\]")]
    private static partial Regex StackAllocation();

    // Numbers, sizes of types, and names of constants, which begin with a capital letter, multiplied and added.
    [GeneratedRegex(@"^(?!.*\.(?:Length|Count)\b)(?:\d+|sizeof\(\w+\)|[A-Z]\w*(?:\.[A-Z]\w*)?|[()+* ])+$")]
    private static partial Regex Constant();
}
