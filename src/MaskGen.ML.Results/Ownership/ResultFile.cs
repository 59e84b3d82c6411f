using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Results;

/// <summary>Tells by its content who wrote a file that lies where a result would go.</summary>
/// <remarks>A truncated file, as after a power cut, is still recognized: by the stamp near its beginning, or because it ends before
/// anything that could be lost.</remarks>
internal static partial class ResultFile
{
    private const int HeadBytes = 1 << 16;

    /// <summary>Reads as much of a file as necessary.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is if it is ours.</param>
    /// <param name="isThorough">Whether to read all of it, which detects an edited file that kept its stamp.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ResultFileState Inspect(string path, ResultKind kind, bool isThorough = true)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return kind.InspectFile is { } byName ? byName(path, isThorough) : Inspect(stream, kind, isThorough);
    }

    /// <inheritdoc cref="Inspect(string, ResultKind, bool)"/>
    /// <param name="stream">The file from its beginning; can seek.</param>
    /// <param name="kind">What it is if it is ours.</param>
    /// <param name="isThorough">Whether to read all of it.</param>
    public static ResultFileState Inspect(Stream stream, ResultKind kind, bool isThorough = true)
    {
        if (HoldsNothing(stream))
        {
            return ResultFileState.Blank;
        }

        stream.Position = 0;
        return kind.Inspect is { } own ? own(stream, isThorough)
            : kind == ResultKind.Records ? MasksJsonHead.Inspect(stream, isThorough)
            : kind == ResultKind.Dataset ? InspectDataset(stream, isThorough)
            : kind == ResultKind.Page ? InspectPage(stream, isThorough, "report.html", ReportMeta())
            : kind == ResultKind.PageList ? InspectPage(stream, isThorough, "index.html", IndexMeta())
            : InspectImage(stream, isThorough);
    }

    /// <summary>Whether this library wrote a file, whatever kind of result it is.</summary>
    /// <param name="path">A file of bytes: opening a pipe would wait for whoever writes to it.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsOurs(string path)
    {
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" or ".geojson" => Is(ResultKind.Records) || Is(ResultKind.Dataset) || IsStamped(StampedJson.Form),
            ".svg" or ".xml" => IsStamped(StampedXml.Form),
            ".yaml" => Is(YoloDataset.Kind),
            ".parquet" => Is(MaskTable.Kind),
            ".html" or ".htm" => Is(ResultKind.Page) || Is(ResultKind.PageList),
            _ => ImageStamp.TryRead(path) is not null || Is(YoloImages.Kind),
        };

        bool Is(ResultKind kind) => Inspect(path, kind).Owner == ResultFileOwner.Us;

        bool IsStamped(StampedText form) => Is(new ResultKind(string.Empty) { Inspect = form.Inspect });
    }

    // Empty, or of zeros: what some file systems make of a file whose content had not arrived.
    private static bool HoldsNothing(Stream stream)
    {
        var buffer = new byte[HeadBytes];
        while (stream.Read(buffer) is var read and > 0)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }

    private static ResultFileState InspectImage(Stream stream, bool isThorough)
    {
        if (!isThorough && PngFile.ReadStamp(stream) is { } found)
        {
            return ResultFileState.Ours(found);
        }

        stream.Position = 0;
        var png = PngFile.Inspect(stream);
        if (png.Stamp is { } stamp)
        {
            // Editors keep text chunks that they do not know: a whole image with other pixels than we drew was edited.
            return png.IsWhole && !png.IsAsStamped ? ResultFileState.Foreign : ResultFileState.Ours(stamp);
        }

        return png is { Begins: true, HasImageData: false, IsWhole: false } && !png.HasOtherChunks
            ? ResultFileState.Blank
            : ResultFileState.Foreign;
    }

    private static ResultFileState InspectPage(Stream stream, bool isThorough, string template, Regex meta)
    {
        var head = ReadHead(stream, out var isAll);
        var text = Encoding.UTF8.GetString(head);
        if (meta.Match(text) is { Success: true } match)
        {
            return ResultStamp.TryParse(System.Net.WebUtility.HtmlDecode(match.Groups[1].Value)) is { } stamp
                && !(isThorough && IsChanged(stream, HtmlEnd.Check))
                ? ResultFileState.Ours(stamp)
                : ResultFileState.Foreign;
        }

        // Truncated before the end of the stamp, which is the first placeholder of a template.
        var start = HtmlTemplate.Read(template);
        start = start[..start.IndexOf("{{", StringComparison.Ordinal)];
        var isCut = start.StartsWith(text, StringComparison.Ordinal)
            || (text.StartsWith(start, StringComparison.Ordinal) && !text.AsSpan(start.Length).Contains('"'));
        return isAll && isCut ? ResultFileState.Blank : ResultFileState.Foreign;
    }

    // The stamp is in the first object, before any image.
    private static ResultFileState InspectDataset(Stream stream, bool isThorough)
    {
        var start = "{\"info\":{"u8;
        var head = ReadHead(stream, out var isAll);
        if (!head.AsSpan().StartsWith(start))
        {
            return isAll && start.StartsWith(head) ? ResultFileState.Blank : ResultFileState.Foreign;
        }

        try
        {
            var json = new Utf8JsonReader(head.AsSpan(start.Length - 1), isFinalBlock: false, state: default);
            if (!JsonDocument.TryParseValue(ref json, out var info))
            {
                return isAll ? ResultFileState.Blank : ResultFileState.Foreign;
            }

            using (info)
            {
                return ResultStamp.TryRead(info.RootElement) is { } stamp && !(isThorough && IsChanged(stream, JsonEnd.Check))
                    ? ResultFileState.Ours(stamp)
                    : ResultFileState.Foreign;
            }
        }
        catch (JsonException)
        {
            return ResultFileState.Foreign;
        }
    }

    private static bool IsChanged(Stream stream, Func<Stream, HashedEndState> check)
    {
        stream.Position = 0;
        return check(stream) == HashedEndState.Changed;
    }

    private static byte[] ReadHead(Stream stream, out bool isAll)
    {
        var head = new byte[HeadBytes];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        isAll = length < head.Length;
        return head[..length];
    }

    [GeneratedRegex(@"<meta name=""maskgen-report"" content=""([^""]*)""")]
    private static partial Regex ReportMeta();

    [GeneratedRegex(@"<meta name=""maskgen-index"" content=""([^""]*)""")]
    private static partial Regex IndexMeta();
}
