using MaskGen.ML.DataView;
using MaskGen.ML.Sam2;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Stages;

/// <summary>An image made ready for the encoder.</summary>
/// <param name="PixelValues">float32 [1, 3, S, S], row-major.</param>
/// <param name="ImageSize">Size of the image in its own pixels.</param>
internal sealed record PreprocessedImage(float[] PixelValues, ImageSize ImageSize);

/// <summary>Names and types of the columns that carry images between the stages.</summary>
internal static class ImageColumns
{
    private const string ImageAdvice =
        "ML.NET's LoadImages makes images from paths, and RgbImage.Load(...).ToMLImage() one from a file or from bytes.";

    /// <summary>An image as ML.NET has it.</summary>
    public static InputColumn Image(string name) => InputColumn.Scalar<ImageDataViewType>(name, "Image", ImageAdvice);

    /// <summary>The same for a stage that takes preprocessed images as well.</summary>
    public static InputColumn ImageOrPreprocessed(string name) => InputColumn.Scalar<ImageDataViewType>(
        name, "Image", $"{ImageAdvice} The vectors that PreprocessSam2Images writes are accepted as well.");

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

    /// <summary>The columns of an embedding that depend on the model, by the name of the first.</summary>
    public static IReadOnlyList<string> TensorNames(string name) =>
        [name, HighResolutionFeatures0Name(name), HighResolutionFeatures1Name(name)];

    /// <summary>A preprocessed image: its pixels, and the size of the original beside them.</summary>
    /// <param name="name">Name of the column of pixels.</param>
    /// <param name="inputSize">S where it is known, or null to accept any.</param>
    public static IReadOnlyList<InputColumn> PreprocessedInputs(string name, int? inputSize = null)
    {
        const string Advice = "PreprocessSam2Images writes it for a model with the same input size. A column of Image is accepted as well: "
            + "LoadImages makes one.";
        return
        [
            inputSize is { } size
                ? InputColumn.Vector(name, Advice, PixelValuesType(size))
                : InputColumn.Vector(name, Advice, NumberDataViewType.Single),
            InputColumn.Vector(ImageSizeName(name), CompanionAdvice("PreprocessSam2Images", name), ImageSizeType),
        ];
    }

    /// <summary>An encoded image: what <see cref="Encoded"/> writes.</summary>
    /// <param name="name">Name of the column of the image embedding.</param>
    /// <param name="config">The configuration where it is known, or null to accept any.</param>
    public static IReadOnlyList<InputColumn> EncodedInputs(string name, Sam2ModelConfig? config = null)
    {
        var advice = CompanionAdvice("EncodeSam2Images", name);
        return
        [
            Tensor(name, "EncodeSam2Images writes it, with its companions, for one and the same model.", ImageEmbeddingType),
            Tensor(HighResolutionFeatures0Name(name), advice, HighResolutionFeatures0Type),
            Tensor(HighResolutionFeatures1Name(name), advice, HighResolutionFeatures1Type),
            InputColumn.Vector(ImageSizeName(name), advice, ImageSizeType),
        ];

        InputColumn Tensor(string column, string advice, Func<Sam2ModelConfig, VectorDataViewType> type) => config is null
            ? InputColumn.Vector(column, advice, NumberDataViewType.Single)
            : InputColumn.Vector(column, advice, type(config));
    }

    /// <summary>What is promised of a preprocessed image before the model is looked at.</summary>
    public static IEnumerable<SchemaShape.Column> PreprocessedShape(string name) =>
        [Known(name, NumberDataViewType.Single), Known(ImageSizeName(name), NumberDataViewType.Int32)];

    /// <summary>What is promised of an encoded image before the model is looked at.</summary>
    public static IEnumerable<SchemaShape.Column> EncodedShape(string name) =>
    [
        .. TensorNames(name).Select(tensor => Known(tensor, NumberDataViewType.Single, ModelAnnotations.Shape)),
        Known(ImageSizeName(name), NumberDataViewType.Int32),
    ];

    /// <summary>The columns of a preprocessed image; zeros for a missing one.</summary>
    public static IReadOnlyList<OutputColumn<PreprocessedImage?>> Preprocessed(string name, int inputSize) =>
    [
        Tensor<PreprocessedImage?>(name, PixelValuesType(inputSize), image => image?.PixelValues),
        Size<PreprocessedImage?>(name, image => image?.ImageSize),
    ];

    /// <summary>The columns of an encoded image; zeros for a missing one.</summary>
    public static IReadOnlyList<OutputColumn<EncodedImage?>> Encoded(string name, StageModel model)
    {
        var (config, annotations) = (model.Config, ModelAnnotations.Of(model));
        return
        [
            Tensor<EncodedImage?>(name, ImageEmbeddingType(config), image => image?.ImageEmbedding ?? default, annotations),
            Tensor<EncodedImage?>(
                HighResolutionFeatures0Name(name),
                HighResolutionFeatures0Type(config),
                image => image?.HighResolutionFeatures0 ?? default,
                annotations),
            Tensor<EncodedImage?>(
                HighResolutionFeatures1Name(name),
                HighResolutionFeatures1Type(config),
                image => image?.HighResolutionFeatures1 ?? default,
                annotations),
            Size<EncodedImage?>(name, image => image?.ImageSize),
        ];
    }

    private static string CompanionAdvice(string stage, string name) =>
        $"{stage} writes it beside '{name}'; whoever copies, selects or renames one of them must do the same with the other.";

    private static SchemaShape.Column Known(string name, DataViewType item, SchemaShape? annotations = null) =>
        new(name, SchemaShape.Column.VectorKind.Vector, item, isKey: false, annotations);

    private static OutputColumn<TResult> Tensor<TResult>(
        string name,
        VectorDataViewType type,
        Func<TResult, ReadOnlyMemory<float>> values,
        DataViewSchema.Annotations? annotations = null) =>
        OutputColumn.Vector<TResult, float>(
            name,
            type,
            _ => type.Size,
            (result, items) =>
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
            },
            annotations);

    private static OutputColumn<TResult> Size<TResult>(string name, Func<TResult, ImageSize?> size) =>
        OutputColumn.Vector<TResult, int>(ImageSizeName(name), ImageSizeType, _ => ImageSizeType.Size, (result, items) =>
        {
            var value = size(result) ?? default;
            items[0] = value.Width;
            items[1] = value.Height;
        });
}
