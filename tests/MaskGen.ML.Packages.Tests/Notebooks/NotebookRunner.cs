using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace MaskGen.ML.Packages.Tests.Notebooks;

/// <summary>What one code cell did.</summary>
/// <param name="Printed">What it wrote to the console.</param>
/// <param name="Displayed">Arguments of <c>display</c>, and the value of the last expression.</param>
internal sealed record CellResult(string Printed, IReadOnlyList<object> Displayed);

/// <summary>Runs the C# cells of a notebook in order, as a notebook kernel would, and gathers what they show.</summary>
internal static partial class NotebookRunner
{
    // Those of the notebook kernel and no others: what runs here is to run there. System.IO is not among them.
    public static readonly string[] DefaultImports =
        ["System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq"];

    /// <summary>Runs every code cell; an exception names the cell.</summary>
    /// <param name="name">File name in the notebooks folder, without its extension.</param>
    /// <returns>One result per code cell.</returns>
    public static async Task<IReadOnlyList<CellResult>> RunAsync(string name, CancellationToken cancellationToken)
    {
        var globals = new NotebookGlobals();
        var options = ScriptOptions.Default
            .WithReferences(Assemblies())
            .WithImports(DefaultImports);
        var results = new List<CellResult>();
        var (folder, console) = (Environment.CurrentDirectory, Console.Out);
        Environment.CurrentDirectory = Folder();
        try
        {
            ScriptState<object>? state = null;
            foreach (var cell in CodeCells(Read(name)))
            {
                using var printed = new StringWriter();
                Console.SetOut(printed);
                globals.Displayed = [];
                state = state is null
                    ? await CSharpScript.RunAsync<object>(Code(cell), options, globals, typeof(NotebookGlobals), cancellationToken)
                    : await state.ContinueWithAsync<object>(Code(cell), options, cancellationToken);
                results.Add(
                    new CellResult(printed.ToString(), state.ReturnValue is { } value ? [.. globals.Displayed, value] : globals.Displayed));
            }
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = folder;
        }

        return results;
    }

    public static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(PathOf(name)))!.AsObject();

    public static IEnumerable<JsonObject> CodeCells(JsonObject notebook) =>
        notebook["cells"]!.AsArray().Select(cell => cell!.AsObject()).Where(cell => (string?)cell["cell_type"] == "code");

    public static string PathOf(string name) => Path.Combine(Folder(), name + ".ipynb");

    public static string Folder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "notebooks"));

    /// <summary>The code of a cell. A kernel resolves package sources and references itself; here the assemblies are there
    /// already.</summary>
    public static string Code(JsonObject cell) => string.Concat(
        cell["source"]!.AsArray().Select(line => (string)line!).Where(line => !PackageLine().IsMatch(line)));

    // All that this program could load, and not only what it happens to have loaded for the tests before.
    private static IEnumerable<string> Assemblies() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);

    [GeneratedRegex("^#[ir] ")]
    private static partial Regex PackageLine();
}

/// <summary>What a notebook kernel gives every cell.</summary>
public sealed class NotebookGlobals
{
    internal List<object> Displayed { get; set; } = [];

    /// <summary>Shows a value; the name is the kernel's.</summary>
#pragma warning disable IDE1006 // The name is that of the notebook kernel's function.
    public void display(object value) => Displayed.Add(value);
#pragma warning restore IDE1006
}
