using MaskGen.ML.DataView;
using MaskGen.ML.Sam2;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Stages;

/// <summary>A picture made ready for the encoder.</summary>
/// <param name="PixelValues">float32 [1, 3, S, S], row-major.</param>
/// <param name="ImageSize">Size of the picture in its own pixels.</param>
internal sealed record PreprocessedImage(float[] PixelValues, ImageSize ImageSize);

/// <summary>Names and types of the columns that carry pictures between the stages.</summary>
internal static class ImageColumns
{
    /// <summary>A picture as ML.NET has it.</summary>
    public static InputColumn Image(string name) => InputColumn.Scalar<ImageDataViewType>(name, "Image");

    public static VectorDataViewType PixelValuesType(int inputSize) => new(NumberDataViewType.Single, 3, inputSize, inputSize);

    public static VectorDataViewType ImageSizeType { get; } = new(NumberDataViewType.Int32, 2);

    public static VectorDataViewType ImageEmbeddingType(Sam2ModelConfig config) =>
        new(NumberDataViewType.Single, config.HiddenSize, config.EmbeddingSize, config.EmbeddingSize);

    public static VectorDataViewType HighResolutionFeatures0Type(Sam2ModelConfig config) =>
        new(NumberDataViewType.Single, config.HiddenSize / 8, config.MaskSize, config.MaskSize);

    public static VectorDataViewType HighResolutionFeatures1Type(Sam2ModelConfig config) =>
        new(NumberDataViewType.Single, config.HiddenSize / 4, config.MaskSize / 2, config.MaskSize / 2);

    public static string ImageSizeName(string name) => $"{name}.ImageSize";

    public static string HighResolutionFeatures0Name(string name) => $"{name}.HighResolutionFeatures0";

    public static string HighResolutionFeatures1Name(string name) => $"{name}.HighResolutionFeatures1";

    /// <summary>A preprocessed picture: its pixels, and the size of the original beside them.</summary>
    /// <param name="name">Name of the column of pixels.</param>
    /// <param name="inputSize">S where it is known, or null to accept any.</param>
    public static IReadOnlyList<InputColumn> PreprocessedInputs(string name, int? inputSize = null) =>
    [
        inputSize is { } size ? InputColumn.Vector(name, PixelValuesType(size)) : InputColumn.Vector(name, NumberDataViewType.Single),
        InputColumn.Vector(ImageSizeName(name), ImageSizeType),
    ];

    /// <summary>An encoded picture: what <see cref="Encoded"/> writes.</summary>
    /// <param name="name">Name of the column of the image embedding.</param>
    /// <param name="config">The geometry where it is known, or null to accept any.</param>
    public static IReadOnlyList<InputColumn> EncodedInputs(string name, Sam2ModelConfig? config = null)
    {
        return
        [
            Tensor(name, ImageEmbeddingType),
            Tensor(HighResolutionFeatures0Name(name), HighResolutionFeatures0Type),
            Tensor(HighResolutionFeatures1Name(name), HighResolutionFeatures1Type),
            InputColumn.Vector(ImageSizeName(name), ImageSizeType),
        ];

        InputColumn Tensor(string column, Func<Sam2ModelConfig, VectorDataViewType> type) =>
            config is null ? InputColumn.Vector(column, NumberDataViewType.Single) : InputColumn.Vector(column, type(config));
    }

    /// <summary>What is promised of a preprocessed picture before the model is looked at.</summary>
    public static IEnumerable<SchemaShape.Column> PreprocessedShape(string name) =>
        [Known(name, NumberDataViewType.Single), Known(ImageSizeName(name), NumberDataViewType.Int32)];

    /// <summary>What is promised of an encoded picture before the model is looked at.</summary>
    public static IEnumerable<SchemaShape.Column> EncodedShape(string name) =>
    [
        Known(name, NumberDataViewType.Single),
        Known(HighResolutionFeatures0Name(name), NumberDataViewType.Single),
        Known(HighResolutionFeatures1Name(name), NumberDataViewType.Single),
        Known(ImageSizeName(name), NumberDataViewType.Int32),
    ];

    /// <summary>The columns of a preprocessed picture; zeros for a missing one.</summary>
    public static IReadOnlyList<OutputColumn<PreprocessedImage?>> Preprocessed(string name, int inputSize) =>
    [
        Tensor<PreprocessedImage?>(name, PixelValuesType(inputSize), image => image?.PixelValues),
        Size<PreprocessedImage?>(name, image => image?.ImageSize),
    ];

    /// <summary>The columns of an encoded picture; zeros for a missing one.</summary>
    public static IReadOnlyList<OutputColumn<EncodedImage?>> Encoded(string name, Sam2ModelConfig config) =>
    [
        Tensor<EncodedImage?>(name, ImageEmbeddingType(config), image => image?.ImageEmbedding ?? default),
        Tensor<EncodedImage?>(
            HighResolutionFeatures0Name(name), HighResolutionFeatures0Type(config), image => image?.HighResolutionFeatures0 ?? default),
        Tensor<EncodedImage?>(
            HighResolutionFeatures1Name(name), HighResolutionFeatures1Type(config), image => image?.HighResolutionFeatures1 ?? default),
        Size<EncodedImage?>(name, image => image?.ImageSize),
    ];

    private static SchemaShape.Column Known(string name, DataViewType item) =>
        new(name, SchemaShape.Column.VectorKind.Vector, item, isKey: false);

    private static OutputColumn<TResult> Tensor<TResult>(
        string name, VectorDataViewType type, Func<TResult, ReadOnlyMemory<float>> values) =>
        OutputColumn.Vector<TResult, float>(name, type, _ => type.Size, (result, items) =>
        {
            var tensor = values(result);
            if (tensor.IsEmpty)
            {
                items.Clear();
            }
            else
            {
                tensor.Span.CopyTo(items);
            }
        });

    private static OutputColumn<TResult> Size<TResult>(string name, Func<TResult, ImageSize?> size) =>
        OutputColumn.Vector<TResult, int>(ImageSizeName(name), ImageSizeType, _ => ImageSizeType.Size, (result, items) =>
        {
            var value = size(result) ?? default;
            items[0] = value.Width;
            items[1] = value.Height;
        });
}
