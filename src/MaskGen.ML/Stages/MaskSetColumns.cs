using MaskGen.ML.DataView;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>The columns in which every mask stage writes its masks: a rich one, and plain ones that any component understands.</summary>
internal static class MaskSetColumns
{
    private static readonly VectorDataViewType Numbers = new(NumberDataViewType.Single);
    private static readonly VectorDataViewType Boxes = new(NumberDataViewType.Single, 0, 4);
    private static readonly VectorDataViewType Texts = new(TextDataViewType.Instance);

    /// <summary>The columns of a stage that computes masks and nothing else.</summary>
    /// <param name="name">Name of the rich column; the plain ones are called after it.</param>
    public static IReadOnlyList<OutputColumn<MaskSet>> Create(string name) =>
        Create<MaskSet>(name, masks => masks, masks => masks.ImageSize);

    /// <param name="name">Name of the rich column; the plain ones are called after it.</param>
    /// <param name="masks">Finds the masks in what the stage computes.</param>
    /// <param name="imageSize">Finds the size of their image, which need not take the masks.</param>
    public static IReadOnlyList<OutputColumn<TResult>> Create<TResult>(
        string name, Func<TResult, MaskSet> masks, Func<TResult, ImageSize> imageSize) =>
    [
        OutputColumn.Scalar(name, MaskSetDataViewType.Instance, masks),
        PerMask(ColumnNames.Of(name, ColumnNames.PredictedIou), masks, mask => mask.PredictedIou),
        PerMask(ColumnNames.Of(name, ColumnNames.StabilityScore), masks, mask => mask.StabilityScore),
        PerMask(ColumnNames.Of(name, ColumnNames.Area), masks, mask => mask.Area),
        OutputColumn.Vector<TResult, float>(
            ColumnNames.Of(name, ColumnNames.BoundingBox),
            Boxes,
            result => 4 * masks(result).Count,
            (result, items) => FillBoxes(masks(result), items)),
        OutputColumn.Vector<TResult, ReadOnlyMemory<char>>(
            ColumnNames.Of(name, ColumnNames.CocoRle),
            Texts,
            result => masks(result).Count,
            (result, items) => FillCocoRle(masks(result), items)),
        ImageColumns.Size(name, imageSize),
    ];

    private static OutputColumn<TResult> PerMask<TResult>(string name, Func<TResult, MaskSet> masks, Func<MaskRecord, float> value) =>
        OutputColumn.Vector<TResult, float>(name, Numbers, result => masks(result).Count, (result, items) =>
        {
            var set = masks(result);
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = value(set[i]);
            }
        });

    private static void FillBoxes(MaskSet masks, Span<float> items)
    {
        for (var i = 0; i < masks.Count; i++)
        {
            var box = masks[i].BoundingBox;
            items[4 * i] = box.X;
            items[(4 * i) + 1] = box.Y;
            items[(4 * i) + 2] = box.Width;
            items[(4 * i) + 3] = box.Height;
        }
    }

    private static void FillCocoRle(MaskSet masks, Span<ReadOnlyMemory<char>> items)
    {
        for (var i = 0; i < masks.Count; i++)
        {
            items[i] = CocoRle.Encode(masks[i].Segmentation).AsMemory();
        }
    }
}
