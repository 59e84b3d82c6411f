namespace MaskGen.ML.Web;

/// <summary>An image that is ready to be clicked on.</summary>
internal sealed record EncodedItem(
    string Id,
    string Name,
    int? Width,
    int? Height,
    int? PaintWidth,
    int? PaintHeight,
    string State,
    EncodingState Encoding,
    int Objects,
    string Etag,
    bool IsUpload,
    string? Problem,
    long Ms,
    string From)
{
    public static EncodedItem Of(ImageItem item, long milliseconds, string from) => new(
        item.Id, item.Name, item.Width, item.Height, item.PaintWidth, item.PaintHeight, item.State, item.Encoding, item.Objects, item.Etag,
        item.IsUpload, item.Problem, milliseconds, from);
}
