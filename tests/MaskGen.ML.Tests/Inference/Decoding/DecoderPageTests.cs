using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>Holds docs/decoder.md to the code: every file and every identifier that its tables lead to is there.</summary>
public partial class DecoderPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "decoder.md"));

    [Fact]
    public void Page_EveryFileThatItNames_IsThere()
    {
        var library = Path.Combine(Root(), "src", "MaskGen.ML");
        var names = SourceFile().Matches(Page).Select(match => match.Groups[1].Value).Distinct().ToArray();
        var missing = names.Where(name =>
            !File.Exists(Path.Combine(library, "Inference", "Decoding", name)) && !File.Exists(Path.Combine(library, name)));

        Assert.True(names.Length > 20);
        Assert.Empty(missing);
    }

    [Fact]
    public void Glossary_EveryIdentifier_IsInTheCode()
    {
        var library = Path.Combine(Root(), "src", "MaskGen.ML");
        var files = new[] { Path.Combine(library, "Inference", "Decoding"), Path.Combine(library, "Kernels") }
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories));
        var code = string.Concat(files.Select(File.ReadAllText));
        var start = Page.IndexOf("## From symbol to file", StringComparison.Ordinal);
        var rows = Page[start..Page.IndexOf("## What runs when", StringComparison.Ordinal)];
        var identifiers = Identifier().Matches(rows)
            .SelectMany(match => match.Groups[1].Value.Split('.', StringSplitOptions.RemoveEmptyEntries))
            .Distinct()
            .ToArray();

        Assert.True(identifiers.Length > 30);
        Assert.DoesNotContain(identifiers, identifier => !Regex.IsMatch(code, $@"\b{identifier}\b"));
    }

    private static string Root([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", ".."));

    [GeneratedRegex(@"`(\w+/[\w.]+\.cs)`")]
    private static partial Regex SourceFile();

    // Names of types and members; files have a slash.
    [GeneratedRegex(@"`(\.?[A-Z]\w*(?:\.[A-Z]\w*)*)`")]
    private static partial Regex Identifier();
}
