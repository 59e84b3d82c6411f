using MaskGen.ML.DataView;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Stages;

/// <summary>The columns of one mask: the rich one, and plain ones with features of fixed size.</summary>
internal static class ExpandedMaskColumns
{
    private static readonly VectorDataViewType Four = new(NumberDataViewType.Single, 4);
    private static readonly VectorDataViewType Three = new(NumberDataViewType.Single, 3);

    /// <summary>The columns that need no image.</summary>
    /// <param name="name">Name of the rich column; the plain ones are called after it.</param>
    public static IEnumerable<OutputColumn<ExpandedMask>> OfMask(string name) =>
    [
        OutputColumn.Scalar<ExpandedMask, MaskSet>(
            name,
            MaskSetDataViewType.Instance,
            item => item.Mask is { } mask ? new MaskSet(item.Masks.ImageSize, [mask]) : MaskSet.Empty),
        OutputColumn.Scalar<ExpandedMask, int>(
            ColumnNames.Of(name, ColumnNames.Index), NumberDataViewType.Int32, item => item.Index),
        Number(name, ColumnNames.PredictedIou, (mask, _) => mask.PredictedIou),
        Number(name, ColumnNames.StabilityScore, (mask, _) => mask.StabilityScore),
        Number(name, ColumnNames.Area, (mask, _) => mask.Area),
        Number(name, ColumnNames.RelativeArea, (mask, size) => (float)(mask.Area / (double)size.PixelCount)),
        OutputColumn.Vector<ExpandedMask, float>(
            ColumnNames.Of(name, ColumnNames.BoundingBox),
            Four,
            _ => Four.Size,
            (item, items) => FillBox(item.Mask?.BoundingBox ?? default, items),
            SlotNames.Of("X", "Y", "Width", "Height")),
        OutputColumn.Scalar<ExpandedMask, ReadOnlyMemory<char>>(
            ColumnNames.Of(name, ColumnNames.CocoRle),
            TextDataViewType.Instance,
            item => item.Mask is { } mask ? CocoRle.Encode(mask.Segmentation).AsMemory() : default),
        ImageColumns.Size<ExpandedMask>(name, item => item.Masks.ImageSize),
    ];

    /// <summary>The mean colour of the mask's pixels.</summary>
    /// <param name="name">Name of the rich column.</param>
    public static OutputColumn<ExpandedMask> MeanColor(string name) => OutputColumn.Vector<ExpandedMask, float>(
        ColumnNames.Of(name, ColumnNames.MeanColor), Three, _ => Three.Size, FillMeanColor, SlotNames.Of("R", "G", "B"));

    /// <summary>The part of the image that the mask covers.</summary>
    /// <param name="name">Name of the rich column.</param>
    /// <param name="cutOut">How to cut it.</param>
    public static OutputColumn<ExpandedMask> Image(string name, MaskCutOut cutOut) => OutputColumn.Scalar<ExpandedMask, MLImage?>(
        ColumnNames.Of(name, ColumnNames.Image),
        new ImageDataViewType(),
        item => item.Mask is { } mask && item.Image?.Value is { } image ? cutOut.Cut(image, mask) : null);

    /// <summary>Why the row could not be expanded or its image not be read; empty where all is well.</summary>
    /// <param name="name">Name of the rich column.</param>
    public static OutputColumn<ExpandedMask> Error(string name) => OutputColumn.Scalar<ExpandedMask, ReadOnlyMemory<char>>(
        ColumnNames.Of(name, ColumnNames.Error), TextDataViewType.Instance, item => (item.RowError ?? item.Image?.Error).AsMemory());

    private static OutputColumn<ExpandedMask> Number(string name, string companion, Func<MaskRecord, ImageSize, float> value) =>
        OutputColumn.Scalar<ExpandedMask, float>(
            ColumnNames.Of(name, companion),
            NumberDataViewType.Single,
            item => item.Mask is { } mask ? value(mask, item.Masks.ImageSize) : 0);

    private static void FillBox(BoxXywh box, Span<float> items) =>
        (items[0], items[1], items[2], items[3]) = (box.X, box.Y, box.Width, box.Height);

    private static void FillMeanColor(ExpandedMask item, Span<float> items)
    {
        if (item.Mask is not { } mask || item.Image?.Value is not { } image)
        {
            items.Clear();
            return;
        }

        long red = 0, green = 0, blue = 0;
        foreach (var segment in mask.Segmentation.Segments())
        {
            for (var y = segment.Start; y < segment.End; y++)
            {
                var pixel = image.Pixels.Slice(3 * ((y * image.Size.Width) + segment.Column), 3);
                (red, green, blue) = (red + pixel[0], green + pixel[1], blue + pixel[2]);
            }
        }

        // An empty mask has no colour; black keeps trainers free of NaN.
        var area = Math.Max(mask.Area, 1);
        (items[0], items[1], items[2]) = ((float)red / area, (float)green / area, (float)blue / area);
    }
}
