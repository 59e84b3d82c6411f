using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MaskGen.ML.Packages.Tests.Samples;

/// <summary>Compiles a file of samples/ as <c>dotnet run FILE</c> does, against the assemblies of the tests, and runs it here.</summary>
internal static class SampleRunner
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Runs a sample.</summary>
    /// <param name="name">Name of the file.</param>
    /// <param name="arguments">Arguments of the program.</param>
    /// <returns>What it wrote to the console; it has ended well.</returns>
    public static string Run(string name, params string[] arguments)
    {
        var (exitCode, output, error) = RunAny(name, arguments);
        Assert.Equal((0, string.Empty), (exitCode, error));
        return output;
    }

    /// <summary>Runs a sample that may fail.</summary>
    public static (int ExitCode, string Output, string Error) RunAny(string name, params string[] arguments)
    {
        var main = Assembly.Load(Compile(name)).EntryPoint!;
        var (console, consoleError) = (Console.Out, Console.Error);
        using var output = new StringWriter();
        using var error = new StringWriter();
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            var exitCode = (int)main.Invoke(null, [arguments])!;
            return (exitCode, output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(console);
            Console.SetError(consoleError);
        }
    }

    private static byte[] Compile(string name)
    {
        var path = Path.Combine(Folder(), name);
        var options = CSharpParseOptions.Default
            .WithLanguageVersion(LanguageVersion.Latest)
            .WithFeatures([new("FileBasedProgram", "true")]);
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(name),
            [CSharpSyntaxTree.ParseText(File.ReadAllText(path), options, path), CSharpSyntaxTree.ParseText(ImplicitUsings, options)],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
                .Split(Path.PathSeparator)
                .Select(assembly => MetadataReference.CreateFromFile(assembly)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(
            result.Success, string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        return image.ToArray();
    }

    public static string Folder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "samples"));
}
