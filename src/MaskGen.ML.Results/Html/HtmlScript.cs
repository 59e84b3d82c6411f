using System.Text;

namespace MaskGen.ML.Results;

/// <summary>Modules of the Html folder as one script, for pages that load nothing: from disk a browser loads no module.</summary>
/// <remarks>The files are laid one after the other, without their imports and exports. So what a file imports comes before it, by the
/// name under which it is exported, and no two of a page's files declare the same name at their top; HtmlScriptTests holds that.</remarks>
internal static class HtmlScript
{
    private const string Import = "import ";
    private const string Export = "export ";

    /// <summary>The files of a report page.</summary>
    public static IReadOnlyList<string> Report { get; } =
    [
        "runs.js", "masks.js", "coco.js", "frames.js", "words.js", "layer.js", "painter.js", "view.js", "stage.js", "thumbnail.js",
        "rows.js", "list.js", "page.js", "theme.js",
    ];

    /// <summary>The files of a list of pages.</summary>
    public static IReadOnlyList<string> Index { get; } = ["index.js", "theme.js"];

    /// <summary>Several files as one classic script, strict as modules are.</summary>
    public static string Join(IEnumerable<string> fileNames)
    {
        var script = new StringBuilder("\"use strict\";");
        foreach (var line in fileNames.SelectMany(name => HtmlTemplate.Read(name).TrimEnd('\n').Split('\n')))
        {
            if (!line.StartsWith(Import, StringComparison.Ordinal))
            {
                script.Append('\n').Append(line.StartsWith(Export, StringComparison.Ordinal) ? line[Export.Length..] : line);
            }
        }

        return script.ToString();
    }
}
