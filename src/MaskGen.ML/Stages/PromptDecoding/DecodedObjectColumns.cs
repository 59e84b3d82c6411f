using MaskGen.ML.DataView;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>The columns of decoded prompts: those of every mask stage, and what only prompts have.</summary>
internal static class DecodedObjectColumns
{
    private static readonly VectorDataViewType Indices = new(NumberDataViewType.Int32);
    private static readonly VectorDataViewType Numbers = new(NumberDataViewType.Single);

    /// <param name="name">Name of the rich column; the plain ones are called after it.</param>
    /// <param name="maskSize">Side of a low-resolution mask, S/4; any number where only the shapes of columns are asked for.</param>
    public static IReadOnlyList<OutputColumn<DecodedObjects>> Create(string name, int maskSize) =>
    [
        .. MaskSetColumns.Create<DecodedObjects>(name, objects => objects.Masks, objects => objects.ImageSize),
        OutputColumn.Vector<DecodedObjects, int>(
            ColumnNames.Of(name, ColumnNames.Object), Indices, objects => objects.MaskCount, FillObjects),
        OutputColumn.Vector<DecodedObjects, float>(
            ColumnNames.Of(name, ColumnNames.ObjectScoreLogit), Numbers, objects => objects.MaskCount, FillObjectScores),
        OutputColumn.Vector<DecodedObjects, float>(
            ColumnNames.Of(name, ColumnNames.LowResolutionMaskLogits),
            new VectorDataViewType(NumberDataViewType.Single, 0, maskSize, maskSize),
            objects => LogitCount(objects, maskSize, name),
            (objects, items) => FillLogits(objects, items, maskSize * maskSize)),
    ];

    private static int LogitCount(DecodedObjects objects, int maskSize, string name)
    {
        var count = (long)objects.MaskCount * maskSize * maskSize;
        return count <= Array.MaxLength
            ? (int)count
            : throw new InvalidDataException(
                $"Column '{ColumnNames.Of(name, ColumnNames.LowResolutionMaskLogits)}': expected at most "
                + $"{Array.MaxLength} values, which is what a vector can hold, found {objects.MaskCount} masks of "
                + $"{maskSize * maskSize} logits. Split the prompts between rows, or do not read this column.");
    }

    private static void FillObjects(DecodedObjects objects, Span<int> items)
    {
        var mask = 0;
        for (var i = 0; i < objects.Answers.Count; i++)
        {
            var count = objects.Answers[i].Masks.Count;
            items.Slice(mask, count).Fill(i);
            mask += count;
        }
    }

    private static void FillObjectScores(DecodedObjects objects, Span<float> items)
    {
        var mask = 0;
        foreach (var answer in objects.Answers)
        {
            items.Slice(mask, answer.Masks.Count).Fill(answer.ObjectScoreLogit);
            mask += answer.Masks.Count;
        }
    }

    private static void FillLogits(DecodedObjects objects, Span<float> items, int maskPixels)
    {
        foreach (var mask in objects.Answers.SelectMany(answer => answer.Masks))
        {
            mask.LowResolutionMaskLogits.Span.CopyTo(items[..maskPixels]);
            items = items[maskPixels..];
        }
    }
}
