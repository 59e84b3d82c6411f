using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MaskGen.ML.Results;

namespace MaskGen.ML.Packages.Tests.Notebooks;

/// <summary>The outputs that a notebook's file keeps, so that it shows its images without being run.</summary>
internal static class NotebookOutputs
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Puts results into the notebook's file.</summary>
    public static void Save(string name, IReadOnlyList<CellResult> results)
    {
        var notebook = NotebookRunner.Read(name);
        foreach (var (cell, place) in NotebookRunner.CodeCells(notebook).Select((cell, place) => (cell, place)))
        {
            cell["execution_count"] = place + 1;
            cell["outputs"] = new JsonArray([.. Outputs(results[place])]);
        }

        File.WriteAllText(NotebookRunner.PathOf(name), notebook.ToJsonString(Json).ReplaceLineEndings("\n") + "\n");
    }

    private static IEnumerable<JsonNode> Outputs(CellResult result)
    {
        if (result.Printed.Length > 0)
        {
            yield return new JsonObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = Lines(result.Printed) };
        }

        foreach (var value in result.Displayed)
        {
            var data = new JsonObject();
            using var html = new StringWriter();
            if (new NotebookHtmlFormatter().Format(value, html))
            {
                data["text/html"] = Lines(html.ToString());
            }

            data["text/plain"] = Text(value);
            yield return new JsonObject { ["data"] = data, ["metadata"] = new JsonObject(), ["output_type"] = "display_data" };
        }
    }

    private static string Text(object value)
    {
        using var text = new StringWriter();
        return new NotebookTextFormatter().Format(value, text) ? text.ToString() : value.ToString()!;
    }

    private static JsonArray Lines(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        return new JsonArray([.. lines.Select((line, i) => JsonValue.Create(i < lines.Length - 1 ? line + "\n" : line))
            .Where(line => (string)line! != string.Empty)]);
    }
}
