using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MaskGen.ML.Masks;
using static System.Net.WebUtility;

namespace MaskGen.ML.Results;

/// <summary>What a list of pages needs to know about one of them, written into the head of the page and read back from there.</summary>
/// <param name="ImageName">Name of the image.</param>
/// <param name="Size">Its size in pixels.</param>
/// <param name="MaskCount">Number of masks.</param>
/// <param name="Thumbnail">Data URL of a small image.</param>
internal sealed partial record HtmlReportSummary(string ImageName, ImageSize Size, int MaskCount, string Thumbnail)
{
    // The summary and the thumbnail come before the style sheet; both together are far below this.
    private const int HeadCharacters = 1 << 18;
    private const int MaximumDepth = 4;

    /// <summary>Its stamp; null for a page of an earlier version.</summary>
    public ResultStamp? Stamp { get; init; }

    /// <summary>The summary without its thumbnail, as JSON.</summary>
    public string ToMeta()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("width", Size.Width);
            json.WriteNumber("height", Size.Height);
            ((Stamp ?? new ResultStamp(ResultKind.Page)) with { ImageName = ImageName, MaskCount = MaskCount }).WriteFields(json);
            json.WriteEndObject();
        }

        return Encoding.ASCII.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads the head of a page.</summary>
    /// <exception cref="FileNotFoundException">There is no such page.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no page of this library.</exception>
    public static HtmlReportSummary Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Read(stream, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"{path}: expected a page with masks, found nothing there.", path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: expected a page with masks, cannot read it: {e.Message}", e);
        }
    }

    /// <summary>Reads the head of a page.</summary>
    /// <param name="stream">The page from its beginning; stays open.</param>
    /// <param name="source">Name of the page, for messages.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is no page of this library.</exception>
    public static HtmlReportSummary Read(Stream stream, string source)
    {
        using var reader = new StreamReader(
            stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16, leaveOpen: true);
        var buffer = new char[HeadCharacters];
        var head = new string(buffer, 0, reader.ReadBlock(buffer));
        var meta = MetaElement().Match(head);
        var icon = IconElement().Match(head);
        if (!meta.Success || !icon.Success)
        {
            throw new InvalidDataException($"{source}: expected a page with masks as {nameof(HtmlReport)} writes it, found another file.");
        }

        return Parse(HtmlDecode(meta.Groups[1].Value), source) with { Thumbnail = icon.Groups[1].Value };
    }

    private static HtmlReportSummary Parse(string meta, string source)
    {
        try
        {
            using var json = JsonDocument.Parse(meta, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            var fields = new JsonField(source, string.Empty, json.RootElement).Fields("image", "width", "height", "masks");
            var size = new ImageSize(fields[1].Count(), fields[2].Count());
            return new HtmlReportSummary(fields[0].Text(), size, fields[3].Count(), string.Empty)
            {
                Stamp = ResultStamp.TryRead(json.RootElement),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"{source}: expected a page with masks as {nameof(HtmlReport)} writes it, found a damaged summary: {e.Message}", e);
        }
    }

    [GeneratedRegex("""<meta name="maskgen-report" content="([^"]*)">""")]
    private static partial Regex MetaElement();

    [GeneratedRegex("""<link rel="icon" type="image/jpeg" href="(data:image/jpeg;base64,[A-Za-z0-9+/=]*)">""")]
    private static partial Regex IconElement();
}
