using MaskGen.ML;
using MaskGen.ML.Stages;

namespace Microsoft.ML;

/// <summary>SAM 2 mask generation as stages of an ML.NET pipeline: found by typing <c>mlContext.Transforms.</c></summary>
public static class MaskGenCatalog
{
    /// <summary>Resizes and normalizes pictures as SAM 2 wants them.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write: Single [3, S, S]; the size of the picture goes to <c>{name}.ImageSize</c>.</param>
    /// <param name="inputColumnName">Column of <see cref="Data.MLImage"/> to read, or null for the name of the output.</param>
    /// <param name="options">Settings, or null for the defaults: for the model inside the package.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> or a value of <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static Sam2ImagePreprocessingEstimator PreprocessSam2Images(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, Sam2ImagePreprocessingOptions? options = null)
    {
        Check(catalog, outputColumnName, inputColumnName);
        return new(StageSession.EnvironmentOf(catalog), outputColumnName, inputColumnName, options ?? new());
    }

    /// <summary>Runs SAM 2's image encoder, so that pictures are encoded once and prompted many times.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, Single [d, S/16, S/16]; its companions are called <c>{name}.HighResolutionFeatures0</c>,
    /// <c>{name}.HighResolutionFeatures1</c> and <c>{name}.ImageSize</c>.</param>
    /// <param name="inputColumnName">Column to read, or null for the name of the output: <see cref="Data.MLImage"/>, or what
    /// <see cref="PreprocessSam2Images"/> wrote.</param>
    /// <param name="options">Settings, or null for the defaults: the model inside the package.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> or a value of <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="options"/> is out of its range.</exception>
    public static Sam2ImageEncodingEstimator EncodeSam2Images(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, Sam2ImageEncodingOptions? options = null)
    {
        Check(catalog, outputColumnName, inputColumnName);
        return new(StageSession.EnvironmentOf(catalog), outputColumnName, inputColumnName, options ?? new());
    }

    private static void Check(TransformsCatalog catalog, string outputColumnName, string? inputColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        if (inputColumnName is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        }
    }
}
