using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests;

/// <summary>Nothing takes memory from the stack whose size a user, a prompt or a model chooses: nobody can catch a stack that
/// overflows.</summary>
public partial class StackMemoryTests
{
    private static readonly string[] Folders = ["Inference", "Kernels", "Generation"];

    [Fact]
    public void Sources_TakeOnlyConstantsFromTheStack()
    {
        var library = Library();
        var offences = from folder in Folders
                       from path in Directory.EnumerateFiles(Path.Combine(library, folder), "*.cs", SearchOption.AllDirectories)
                       from Match match in StackAllocation().Matches(File.ReadAllText(path))
                       where !Constant().IsMatch(match.Groups[1].Value)
                       select $"{Path.GetRelativePath(library, path)}: {match.Value}";
        Assert.Empty(offences);
    }

    [Theory]
    [InlineData("3", true)]
    [InlineData("TileRows * PanelWidth", true)]
    [InlineData("PanelKernels.PanelWidth", true)]
    [InlineData("rows * TileRows", false)]
    [InlineData("_channels", false)]
    [InlineData("Math.Max(rows, 1)", false)]
    public void Constant_AnyLength_TellsWhatIsFixed(string length, bool expected) => Assert.Equal(expected, Constant().IsMatch(length));

    private static string Library([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "src", "MaskGen.ML"));

    [GeneratedRegex(@"stackalloc\s+\w+\s*\[([^\]]*)\]")]
    private static partial Regex StackAllocation();

    // Numbers and names of constants, which begin with a capital letter, multiplied.
    [GeneratedRegex(@"^(?:\d+|[A-Z]\w*(?:\.[A-Z]\w*)?)(?:\s*\*\s*(?:\d+|[A-Z]\w*(?:\.[A-Z]\w*)?))*$")]
    private static partial Regex Constant();
}
