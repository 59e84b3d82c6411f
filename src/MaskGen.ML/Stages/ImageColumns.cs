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
    private const string ImageAdvice = "ML.NET's LoadImages makes images from paths, LoadRawImageBytes the bytes of their files, which are "
        + "decoded upright; RgbImage.Load(...).ToMLImage() makes one image.";

    /// <summary>The two forms of an image, for messages.</summary>
    private const string ImageForms = "Image or Vector<Byte> (an encoded file)";

    private static readonly DataViewSchema.Annotations SizeNames = SlotNames.Of("Width", "Height");

    /// <summary>An image as ML.NET has it, or the bytes of an image file.</summary>
    public static InputColumn Image(string name) => Image(name, string.Empty);

    /// <summary>The same for a stage that takes preprocessed images as well.</summary>
    public static InputColumn ImageOrPreprocessed(string name) =>
        Image(name, " The vectors that PreprocessSam2Images writes are accepted as well.");

    /// <summary>The same for a stage that takes embeddings as well.</summary>
    public static InputColumn ImageOrEncoded(string name) =>
        Image(name, " The vectors that EncodeSam2Images writes are accepted as well.");

    /// <summary>Whether the items of a column of vectors make it no image, but what an image was made into.</summary>
    public static bool IsTensor(DataViewType? vectorItem) => vectorItem == NumberDataViewType.Single;

    /// <summary>The same of a column of a schema.</summary>
    public static bool IsTensor(DataViewSchema schema, string name) =>
        IsTensor((schema.GetColumnOrNull(name)?.Type as VectorDataViewType)?.ItemType);

    /// <summary>The refusal of an embedding where only an image will do.</summary>
    /// <param name="name">The column.</param>
    /// <param name="reason">Why an image is needed.</param>
    /// <param name="advice">What to do about it, as a sentence.</param>
    public static ArgumentOutOfRangeException NoImage(string name, string reason, string advice) =>
        new("inputSchema", $"Column '{name}': expected {ImageForms}, {reason}; found an embedding, a vector of Single. {advice}");

    public static VectorDataViewType PixelValuesType(int inputSize) => new(NumberDataViewType.Single, 3, inputSize, inputSize);

    public static VectorDataViewType ImageSizeType { get; } = new(NumberDataViewType.Int32, 2);

    public static VectorDataViewType ImageEmbeddingType(Sam2ModelConfig config) =>
        new(NumberDataViewType.Single, config.HiddenSize, config.EmbeddingSize, config.EmbeddingSize);

    public static VectorDataViewType HighResolutionFeatures0Type(Sam2ModelConfig config) =>
        new(NumberDataViewType.Single, config.HiddenSize / 8, config.MaskSize, config.MaskSize);

    public static VectorDataViewType HighResolutionFeatures1Type(Sam2ModelConfig config) =>
        new(NumberDataViewType.Single, config.HiddenSize / 4, config.MaskSize / 2, config.MaskSize / 2);

    public static string ImageSizeName(string name) => ColumnNames.Of(name, ColumnNames.ImageSize);

    public static string HighResolutionFeatures0Name(string name) => ColumnNames.Of(name, ColumnNames.HighResolutionFeatures0);

    public static string HighResolutionFeatures1Name(string name) => ColumnNames.Of(name, ColumnNames.HighResolutionFeatures1);

    /// <summary>The columns of an embedding that depend on the model, by the name of the first.</summary>
    public static IReadOnlyList<string> TensorNames(string name) =>
        [name, HighResolutionFeatures0Name(name), HighResolutionFeatures1Name(name)];

    /// <summary>A preprocessed image: its pixels, and the size of the original beside them.</summary>
    /// <param name="name">Name of the column of pixels.</param>
    /// <param name="inputSize">S where it is known, or null to accept any.</param>
    public static IReadOnlyList<InputColumn> PreprocessedInputs(string name, int? inputSize = null)
    {
        const string Advice = "PreprocessSam2Images writes it for a model with the same input size. Columns of Image and of Vector<Byte> "
            + "are accepted as well: LoadImages and LoadRawImageBytes make them.";
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
        [Known(name, NumberDataViewType.Single), KnownSize(name)];

    /// <summary>What is promised of an encoded image before the model is looked at.</summary>
    public static IEnumerable<SchemaShape.Column> EncodedShape(string name) =>
    [
        .. TensorNames(name).Select(tensor => Known(tensor, NumberDataViewType.Single, ModelAnnotations.Shape)),
        KnownSize(name),
    ];

    /// <summary>The columns of a preprocessed image; zeros for a missing one.</summary>
    public static IReadOnlyList<OutputColumn<PreprocessedImage?>> Preprocessed(string name, int inputSize) =>
    [
        Tensor<PreprocessedImage?>(name, PixelValuesType(inputSize), image => image?.PixelValues),
        Size<PreprocessedImage?>(name, image => image?.ImageSize ?? default),
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
            Size<EncodedImage?>(name, image => image?.ImageSize ?? default),
        ];
    }

    /// <summary>The size of the original image: width, then height; zeros for a missing one.</summary>
    /// <param name="name">The column that it stands beside.</param>
    /// <param name="size">Finds the size in what the stage computes.</param>
    public static OutputColumn<TResult> Size<TResult>(string name, Func<TResult, ImageSize> size) => OutputColumn.Vector<TResult, int>(
        ImageSizeName(name),
        ImageSizeType,
        _ => ImageSizeType.Size,
        (result, items) =>
        {
            var value = size(result);
            items[0] = value.Width;
            items[1] = value.Height;
        },
        SizeNames);

    private static InputColumn Image(string name, string others) =>
        InputColumn.Scalar<ImageDataViewType>(name, ImageForms, ImageAdvice + others, NumberDataViewType.Byte);

    private static SchemaShape.Column KnownSize(string name) =>
        Known(ImageSizeName(name), NumberDataViewType.Int32, SchemaShapes.Of(SizeNames.Schema));

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
}
