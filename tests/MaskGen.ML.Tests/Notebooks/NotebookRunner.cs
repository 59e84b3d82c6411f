using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace MaskGen.ML.Tests.Notebooks;

/// <summary>Runs the C# cells of a notebook in order, as a notebook kernel would, and gathers what they display.</summary>
internal static class NotebookRunner
{
    private static readonly string[] DefaultImports =
        ["System", "System.IO", "System.Linq", "System.Collections.Generic", "System.Threading.Tasks"];

    /// <summary>Runs every code cell; an exception names the cell.</summary>
    /// <param name="name">File name in the notebooks folder, without its extension.</param>
    /// <returns>What the cells displayed: arguments of <c>display</c> and values of last expressions.</returns>
    public static async Task<IReadOnlyList<object>> RunAsync(string name, CancellationToken cancellationToken)
    {
        var folder = Folder();
        using var notebook = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, name + ".ipynb"), cancellationToken));
        var globals = new NotebookGlobals();
        var options = ScriptOptions.Default
            .WithReferences(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic && assembly.Location.Length > 0))
            .WithImports(DefaultImports);
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder;
        try
        {
            ScriptState<object>? state = null;
            foreach (var code in CodeCells(notebook.RootElement))
            {
                state = state is null
                    ? await CSharpScript.RunAsync<object>(code, options, globals, typeof(NotebookGlobals), cancellationToken)
                    : await state.ContinueWithAsync<object>(code, options, cancellationToken);
                if (state.ReturnValue is { } value)
                {
                    globals.Displayed.Add(value);
                }
            }
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        return globals.Displayed;
    }

    // A kernel resolves package references itself; here the assemblies are loaded already.
    private static IEnumerable<string> CodeCells(JsonElement notebook) =>
        from cell in notebook.GetProperty("cells").EnumerateArray()
        where cell.GetProperty("cell_type").GetString() == "code"
        let lines = cell.GetProperty("source").EnumerateArray().Select(line => line.GetString()!)
        select string.Concat(lines.Where(line => !line.StartsWith("#r", StringComparison.Ordinal)));

    public static string Folder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "notebooks"));
}

/// <summary>What a notebook kernel gives every cell.</summary>
public sealed class NotebookGlobals
{
    internal List<object> Displayed { get; } = [];

    /// <summary>Shows a value; the name is the kernel's.</summary>
#pragma warning disable IDE1006 // The name is that of the notebook kernel's function.
    public void display(object value) => Displayed.Add(value);
#pragma warning restore IDE1006
}
