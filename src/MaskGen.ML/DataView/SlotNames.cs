using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.DataView;

/// <summary>Names of the items of a vector of fixed size, as ML.NET's Concatenate, SaveAsText and feature weights show them.</summary>
internal static class SlotNames
{
    // What ML.NET calls them.
    private const string Annotation = "SlotNames";

    /// <summary>The annotations of a column.</summary>
    /// <param name="names">A name for each item.</param>
    public static DataViewSchema.Annotations Of(params string[] names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add<VBuffer<ReadOnlyMemory<char>>>(
            Annotation,
            new VectorDataViewType(TextDataViewType.Instance, names.Length),
            (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(names.Length, Array.ConvertAll(names, name => name.AsMemory())));
        return builder.ToAnnotations();
    }
}
