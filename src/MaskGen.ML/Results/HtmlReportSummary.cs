using System.Text.Json;
using System.Text.RegularExpressions;
using static System.Net.WebUtility;

namespace MaskGen.ML.Results;

/// <summary>What a list of pages needs to know of one of them; it stands in the head of the page, so that it can be read back.</summary>
/// <param name="ImageName">Name of the picture.</param>
/// <param name="Size">Its size in pixels.</param>
/// <param name="MaskCount">Number of masks.</param>
/// <param name="Thumbnail">Data address of a small picture.</param>
internal sealed partial record HtmlReportSummary(string ImageName, ImageSize Size, int MaskCount, string Thumbnail)
{
    // The summary and the thumbnail stand before the style sheet; both together stay far below this.
    private const int HeadCharacters = 1 << 18;

    /// <summary>The summary without its thumbnail, as JSON.</summary>
    public string ToMeta() => JsonSerializer.Serialize(new { image = ImageName, width = Size.Width, height = Size.Height, masks = MaskCount });

    /// <summary>Reads the head of a page.</summary>
    /// <exception cref="InvalidDataException">The file is no page of this library.</exception>
    public static HtmlReportSummary Read(string path)
    {
        using var reader = new StreamReader(path);
        var buffer = new char[HeadCharacters];
        var head = new string(buffer, 0, reader.ReadBlock(buffer));
        var meta = MetaElement().Match(head);
        var icon = IconElement().Match(head);
        if (!meta.Success || !icon.Success)
        {
            throw new InvalidDataException($"{path}: expected a page with masks as {nameof(HtmlReport)} writes it, found another file.");
        }

        using var json = JsonDocument.Parse(HtmlDecode(meta.Groups[1].Value));
        var root = json.RootElement;
        return new HtmlReportSummary(
            root.GetProperty("image").GetString()!,
            new ImageSize(root.GetProperty("width").GetInt32(), root.GetProperty("height").GetInt32()),
            root.GetProperty("masks").GetInt32(),
            icon.Groups[1].Value);
    }

    [GeneratedRegex("""<meta name="maskgen-report" content="([^"]*)">""")]
    private static partial Regex MetaElement();

    [GeneratedRegex("""<link rel="icon" type="image/jpeg" href="(data:image/jpeg;base64,[A-Za-z0-9+/=]*)">""")]
    private static partial Regex IconElement();
}
