using System.Net;
using System.Text;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>Page templates, embedded in the assembly, and the replacing of their <c>{{names}}</c>.</summary>
internal static class HtmlTemplate
{
    private const string Open = "{{";
    private const string Close = "}}";

    /// <summary>The text of one of the files in the Html folder.</summary>
    public static string Read(string fileName)
    {
        var name = $"MaskGen.ML.Results.Html.{fileName}";
        using var stream = typeof(HtmlTemplate).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly has no resource {name}.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Several of those files, one after the other.</summary>
    public static string Join(params IEnumerable<string> fileNames) => string.Join('\n', fileNames.Select(Read)).TrimEnd('\n');

    /// <summary>Encodes untrusted text for display, between elements or in attributes; control characters are made
    /// visible.</summary>
    public static string Encode(string text) => EncodeData(PrintableText.Escape(text));

    /// <summary>Encodes untrusted text for attributes that programs read: the value is unchanged.</summary>
    public static string EncodeData(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Writes a page with its parts put in.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="template">Text with names in double braces.</param>
    /// <param name="parts">Writes the replacement of each name; untrusted text must be encoded.</param>
    public static void Write(TextWriter writer, string template, IReadOnlyDictionary<string, Action<TextWriter>> parts)
    {
        for (var at = 0; at < template.Length;)
        {
            var open = template.IndexOf(Open, at, StringComparison.Ordinal);
            if (open < 0)
            {
                writer.Write(template.AsSpan(at));
                return;
            }

            var close = template.IndexOf(Close, open, StringComparison.Ordinal);
            writer.Write(template.AsSpan(at, open - at));
            parts[template[(open + Open.Length)..close]](writer);
            at = close + Close.Length;
        }
    }
}
