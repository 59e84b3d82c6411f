using System.Text.RegularExpressions;
using MaskGen.ML.Packages.Tests.Notebooks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>What a reader copies from the pages compiles against the packages.</summary>
[Collection(nameof(PackedPackages))]
public partial class SnippetTests(PackedPackages packages)
{
    private static readonly string[] ConsoleUsings =
        ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading",
            "System.Threading.Tasks"];

    public static TheoryData<string> Pages =>
    [
        .. new[] { "README.md" }
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root(), "docs"), "*.md"))
            .Concat(Directory.GetFiles(Path.Combine(Repository.Root(), "src"), "PACKAGE.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root(), Path.Combine(Repository.Root(), path)).Replace('\\', '/'))
            .Where(page => !page.Contains("/bin/", StringComparison.Ordinal) && !page.Contains("/obj/", StringComparison.Ordinal)),
    ];

    public static TheoryData<string> Notebooks => NotebookTests.Names;

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_ItsSnippets_Compile(string page)
    {
        // The page of a package is read by those who have that package alone.
        var references = References(page switch
        {
            "src/MaskGen.ML/PACKAGE.md" => PackedPackages.Core,
            "src/MaskGen.ML.Runs/PACKAGE.md" or "docs/runs.md" => PackedPackages.Runs,
            "src/MaskGen.ML.Runs.Hangfire/PACKAGE.md" or "docs/fleet.md" => PackedPackages.Fleet,
            _ => PackedPackages.Results,
        });
        references = page == "docs/cookbook.md" ? [.. references, .. OfTheCookbook()] : references;
        var text = File.ReadAllText(Path.Combine(Repository.Root(), page)).ReplaceLineEndings("\n");
        Compilation? before = null;
        foreach (var snippet in Snippet().Matches(text).Select(match => match.Groups[1].Value))
        {
            // What begins with its usings is a program; what follows goes on from it.
            if (Directive().IsMatch(snippet))
            {
                Check(page, snippet, Program(snippet, references));
                before = null;
            }

            before = Submission(Using().Replace(snippet, string.Empty), before, references, ConsoleUsings);
            Check(page, snippet, before);
        }
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Notebook_ItsCells_Compile(string name)
    {
        var references = References(PackedPackages.Results);
        var before = Submission("void display(object value) { }", null, references, NotebookRunner.DefaultImports);
        foreach (var code in NotebookRunner.CodeCells(NotebookRunner.Read(name)).Select(NotebookRunner.Code))
        {
            before = Submission(code, before, references, NotebookRunner.DefaultImports);
            Check(name, code, before);
        }
    }

    [Fact]
    public void Pages_HaveSnippetsThatAreFound()
    {
        var texts = Pages.Select(row => File.ReadAllText(Path.Combine(Repository.Root(), row.Data)).ReplaceLineEndings("\n"));

        Assert.True(texts.Sum(text => Snippet().Count(text)) >= 6);
    }

    [Fact]
    public void Snippet_ThatNamesWhatIsNotThere_IsNoticed()
    {
        var references = References(PackedPackages.Core);

        Assert.NotEmpty(Errors(Program("using MaskGen.ML.Results;\nSystem.Console.WriteLine();", references)));
        Assert.NotEmpty(Errors(Submission("MaskGen.ML.RgbImage.Load(1);", null, references, ConsoleUsings)));
        Assert.Empty(Errors(Submission("MaskGen.ML.RgbImage.Load(\"a.png\");", null, references, ConsoleUsings)));
    }

    private static CSharpCompilation Program(string code, IEnumerable<MetadataReference> references)
    {
        var usings = string.Concat(ConsoleUsings.Select(name => $"global using {name};\n"));
        return CSharpCompilation.Create(
            "Program",
            [CSharpSyntaxTree.ParseText(code), CSharpSyntaxTree.ParseText(usings)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static CSharpCompilation Submission(
        string code, Compilation? before, IEnumerable<MetadataReference> references, IEnumerable<string> usings) =>
        CSharpCompilation.CreateScriptCompilation(
            "Submission" + Guid.NewGuid().ToString("N"),
            CSharpSyntaxTree.ParseText(code, CSharpParseOptions.Default.WithKind(SourceCodeKind.Script)),
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: usings),
            (CSharpCompilation?)before);

    private static void Check(string page, string code, Compilation compilation)
    {
        var errors = Errors(compilation);
        Assert.True(errors.Count == 0, $"{page}: {string.Join('\n', errors)}\nin\n{code}");
    }

    private static List<Diagnostic> Errors(Compilation compilation) =>
        [.. compilation.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];

    private List<PortableExecutableReference> References(string project)
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == runtime);
        var fromPackages = packages.CompileReferences(project);
        Assert.Contains(fromPackages, path => path.Contains(packages.Version, StringComparison.Ordinal));
        var names = fromPackages.Select(Path.GetFileName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. framework.Where(path => !names.Contains(Path.GetFileName(path))).Concat(fromPackages)
            .Select(path => MetadataReference.CreateFromFile(path))];
    }

    // What the cookbook tells its readers to add: ASP.NET, which every SDK brings, and ML.NET's stage for ONNX models.
    private static IEnumerable<PortableExecutableReference> OfTheCookbook()
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var web = Path.Combine(runtime, "..", "..", "Microsoft.AspNetCore.App", Path.GetFileName(runtime));
        return Directory.GetFiles(web, "Microsoft.*.dll").Append(Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.OnnxTransformer.dll"))
            .Select(path => MetadataReference.CreateFromFile(path));
    }

    [GeneratedRegex(@"^```(?:csharp|cs|c#)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Snippet();

    [GeneratedRegex(@"^using [\w.]+;")]
    private static partial Regex Directive();

    // A script has no using declarations of variables.
    [GeneratedRegex(@"^using (?=var )", RegexOptions.Multiline)]
    private static partial Regex Using();
}
