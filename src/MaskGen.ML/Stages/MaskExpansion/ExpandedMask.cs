using MaskGen.ML.DataView;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>One mask of a row, with what is measured of it.</summary>
/// <param name="Masks">All masks of the row.</param>
/// <param name="Index">Which of them this is.</param>
/// <param name="Image">The image of the row.</param>
internal sealed record ExpandedMask(MaskSet Masks, int Index, RowImage Image)
{
    private static readonly VectorDataViewType Four = new(NumberDataViewType.Single, 4);
    private static readonly VectorDataViewType Three = new(NumberDataViewType.Single, 3);

    public MaskRecord Mask => Masks[Index];

    /// <summary>Name of the column that the image is read for.</summary>
    public static string MeanColorName(string name) => $"{name}.MeanColor";

    /// <summary>The columns of one mask.</summary>
    /// <param name="name">Name of the rich column; the plain ones are called after it.</param>
    /// <param name="withColor">Whether there is an image to measure the colour in.</param>
    public static IReadOnlyList<OutputColumn<ExpandedMask>> Columns(string name, bool withColor)
    {
        List<OutputColumn<ExpandedMask>> columns =
        [
            OutputColumn.Scalar<ExpandedMask, MaskSet>(
                name, MaskSetDataViewType.Instance, item => new MaskSet(item.Masks.ImageSize, [item.Mask])),
            OutputColumn.Scalar<ExpandedMask, int>($"{name}.Index", NumberDataViewType.Int32, item => item.Index),
            OutputColumn.Scalar<ExpandedMask, float>($"{name}.PredictedIou", NumberDataViewType.Single, item => item.Mask.PredictedIou),
            OutputColumn.Scalar<ExpandedMask, float>($"{name}.StabilityScore", NumberDataViewType.Single, item => item.Mask.StabilityScore),
            OutputColumn.Scalar<ExpandedMask, float>($"{name}.Area", NumberDataViewType.Single, item => item.Mask.Area),
            OutputColumn.Vector<ExpandedMask, float>(
                $"{name}.BoundingBox", Four, _ => Four.Size, (item, items) => FillBox(item.Mask.BoundingBox, items)),
        ];
        if (withColor)
        {
            columns.Add(OutputColumn.Vector<ExpandedMask, float>(
                MeanColorName(name), Three, _ => Three.Size, (item, items) => item.FillMeanColor(items)));
        }

        return columns;
    }

    private static void FillBox(BoxXywh box, Span<float> items) =>
        (items[0], items[1], items[2], items[3]) = (box.X, box.Y, box.Width, box.Height);

    private void FillMeanColor(Span<float> items)
    {
        var image = Image.Value;
        if (image.Size != Mask.Segmentation.Size)
        {
            throw new InvalidDataException(
                $"Mask {Index} covers {Mask.Segmentation.Size} pixels, expected those of the image: {image.Size}.");
        }

        long red = 0, green = 0, blue = 0;
        foreach (var segment in Mask.Segmentation.Segments())
        {
            for (var y = segment.Start; y < segment.End; y++)
            {
                var pixel = image.Pixels.Slice(3 * ((y * image.Size.Width) + segment.Column), 3);
                (red, green, blue) = (red + pixel[0], green + pixel[1], blue + pixel[2]);
            }
        }

        // An empty mask has no colour; black keeps trainers free of NaN.
        var area = Math.Max(Mask.Area, 1);
        (items[0], items[1], items[2]) = ((float)red / area, (float)green / area, (float)blue / area);
    }
}
