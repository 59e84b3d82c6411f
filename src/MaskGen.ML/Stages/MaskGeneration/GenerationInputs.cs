using MaskGen.ML.DataView;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Stages;

/// <summary>The columns that masks are generated from: an image, or an embedding of the whole of it.</summary>
internal static class GenerationInputs
{
    /// <param name="name">The column that the user has named.</param>
    /// <param name="cropLayers">Layers of crops beside the whole image.</param>
    /// <param name="isEncoded">Whether the column holds embeddings.</param>
    /// <param name="config">The configuration of the model where it is known, or null to accept an embedding of any.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column holds embeddings, and there are crops to encode.</exception>
    public static IReadOnlyList<InputColumn> Columns(string name, int cropLayers, bool isEncoded, Sam2ModelConfig? config)
    {
        if (!isEncoded)
        {
            return [ImageColumns.ImageOrEncoded(name)];
        }

        return cropLayers == 0
            ? ImageColumns.EncodedInputs(name, config)
            : throw ImageColumns.NoImage(
                name,
                $"since CropLayers is {cropLayers} and every crop of an image is encoded by itself",
                "Name the column of images, or set CropLayers to 0.");
    }
}
