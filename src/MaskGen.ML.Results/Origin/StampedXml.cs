using System.Text;
using System.Xml;

namespace MaskGen.ML.Results;

/// <summary>XML files of results: the stamp is a comment before the document, and a comment after it has the hash of everything before,
/// so that readers of the format see neither.</summary>
internal static class StampedXml
{
    private const string Declaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- maskgen ";

    private static readonly HashedEnd End = new("\n<!-- maskgen-end ", " -->\n");

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>How such files tell who wrote them.</summary>
    public static StampedText Form { get; } = new(Declaration, End.Check);

    /// <summary>Begins a document.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <returns>Writes the document; close it before <see cref="Complete"/>.</returns>
    public static XmlWriter Begin(HashingStream stream, ResultStamp stamp)
    {
        // Two hyphens may not stand in a comment; in the text of JSON one of them can be escaped.
        var json = stamp.ToJson().Replace("--", "-\\u002d", StringComparison.Ordinal);
        stream.Write(Utf8.GetBytes($"{Declaration}{json} -->\n"));
        return XmlWriter.Create(stream, Settings(ConformanceLevel.Document));
    }

    /// <summary>Begins elements that become part of a document.</summary>
    /// <param name="stream">Where to; stays open.</param>
    public static XmlWriter BeginFragment(Stream stream) => XmlWriter.Create(stream, Settings(ConformanceLevel.Fragment));

    /// <summary>Ends a file.</summary>
    public static void Complete(HashingStream stream) => stream.Write(Utf8.GetBytes(End.Text(stream.Digest)));

    /// <summary>Text without what XML has no way to write, such as control characters, each replaced by U+FFFD.</summary>
    public static string Text(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (XmlConvert.IsXmlChar(text[i]))
            {
                clean.Append(text[i]);
            }
            else if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
            {
                clean.Append(text[i]).Append(text[++i]);
            }
            else
            {
                clean.Append('\uFFFD');
            }
        }

        return clean.ToString();
    }

    private static XmlWriterSettings Settings(ConformanceLevel level) => new()
    {
        ConformanceLevel = level,
        Encoding = Utf8,
        OmitXmlDeclaration = true,
        Indent = true,
        IndentChars = " ",
        NewLineChars = "\n",

        // A carriage return in a text would come back as another line end.
        NewLineHandling = NewLineHandling.Entitize,
        CloseOutput = false,
    };
}
