using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Says on the columns of an embedding which model made it, and holds a decoder to that model.</summary>
/// <remarks>ML.NET keeps annotations through Cache, ShuffleRows, SaveAsBinary and CopyColumns. A column without them, such as one from
/// another program, is compared by its shape alone.</remarks>
internal static class ModelAnnotations
{
    /// <summary>Annotation with the name of the model: text.</summary>
    public const string Name = "Sam2ModelName";

    /// <summary>Annotation with the fingerprint of the model: text.</summary>
    public const string Fingerprint = "Sam2ModelFingerprint";

    /// <summary>What is promised before the model is looked at.</summary>
    public static SchemaShape Shape { get; } = new(
    [
        new SchemaShape.Column(Name, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
        new SchemaShape.Column(Fingerprint, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
    ]);

    /// <summary>The annotations of columns that a model writes. Its weights are looked at when somebody reads them, not before.</summary>
    public static DataViewSchema.Annotations Of(StageModel model)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add<ReadOnlyMemory<char>>(
            Name, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = model.Name.AsMemory());
        builder.Add<ReadOnlyMemory<char>>(
            Fingerprint, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = model.Fingerprint.AsMemory());
        return builder.ToAnnotations();
    }

    /// <summary>Which model the columns were written by, if they say so.</summary>
    /// <param name="schema">Schema with the columns.</param>
    /// <param name="columns">Names of the columns of one embedding.</param>
    /// <param name="model">The model that is to decode them.</param>
    /// <param name="purpose">Name of the column that is decoded from them, for the message.</param>
    /// <returns>The fingerprint, or null where no column says one.</returns>
    /// <exception cref="InvalidOperationException">A column was written by another model.</exception>
    public static string? Check(DataViewSchema schema, IEnumerable<string> columns, StageModel model, string purpose)
    {
        string? found = null;
        foreach (var column in columns.Select(name => schema[name]))
        {
            if (Read(column, Fingerprint) is not { } fingerprint)
            {
                continue;
            }

            found = fingerprint;
            if (fingerprint != model.Fingerprint)
            {
                throw new InvalidOperationException(
                    $"Column '{column.Name}': expected an embedding by the model that decodes '{purpose}', {model.Name} (fingerprint "
                    + $"{model.Fingerprint}); found one by {Read(column, Name) ?? "another model"} (fingerprint {fingerprint}). "
                    + "Encode and decode with one and the same model.");
            }
        }

        return found;
    }

    private static string? Read(DataViewSchema.Column column, string annotation)
    {
        if (column.Annotations.Schema.GetColumnOrNull(annotation)?.Type is not TextDataViewType)
        {
            return null;
        }

        ReadOnlyMemory<char> text = default;
        column.Annotations.GetValue(annotation, ref text);
        return text.IsEmpty ? null : text.ToString();
    }
}
