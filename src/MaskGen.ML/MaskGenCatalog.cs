using System.Runtime.CompilerServices;
using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Stages;

namespace Microsoft.ML;

/// <summary>SAM 2 mask generation as stages of an ML.NET pipeline: found by typing <c>mlContext.Transforms.</c></summary>
/// <remarks>
/// <para><b>Saved pipelines.</b> <c>mlContext.Model.Save</c> writes weights and options of every stage into the zip, and the name and
/// fingerprint of its model, but no path of this machine. Every byte of a stage is covered by a SHA-256: a stage that is damaged is refused
/// when it is loaded. ML.NET makes stages by reflection, so what <c>mlContext.Model.Load</c> throws may be a
/// <see cref="System.Reflection.TargetInvocationException"/> around the cause: <see cref="FormatException"/>, or
/// <see cref="CheckpointFormatException"/> where the configuration or the weights are damaged. The digests find damage; they prove
/// nothing about where a file comes from.</para>
/// <para><b>Load only zips that you trust.</b> To ML.NET a model is code: the <c>Model.key</c> of each stage names the assembly that reads
/// it, and <c>mlContext.Model.Load</c> loads whichever assembly it names.</para>
/// </remarks>
public static class MaskGenCatalog
{
    /// <summary>Resizes and normalizes images as SAM 2 wants them, for the model inside the package.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write: Single [3, S, S]; the size of the image goes to
    /// <c>{name}.ImageSize</c>.</param>
    /// <param name="inputColumnName">Column to read, or null for the name of the output: <see cref="Data.MLImage"/>, or the bytes of an
    /// image
    /// file.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> or <paramref name="outputColumnName"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static Sam2ImagePreprocessingEstimator PreprocessSam2Images(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null) =>
        PreprocessSam2Images(catalog, outputColumnName, inputColumnName, new Sam2ImagePreprocessingOptions());

    /// <summary>Resizes and normalizes images as SAM 2 wants them.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write: Single [3, S, S]; the size of the image goes to
    /// <c>{name}.ImageSize</c>.</param>
    /// <param name="inputColumnName">Column to read, or null for the name of the output: <see cref="Data.MLImage"/>, or the bytes of an
    /// image
    /// file.</param>
    /// <param name="options">Settings: the model that the images are prepared for, and the largest image.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/>, <paramref name="outputColumnName"/> or
    /// <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="options"/> is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public static Sam2ImagePreprocessingEstimator PreprocessSam2Images(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName, Sam2ImagePreprocessingOptions options)
    {
        Check(catalog, outputColumnName, inputColumnName, options);
        return new(StageEnvironment.Of(catalog), outputColumnName, inputColumnName, options);
    }

    /// <summary>Runs the image encoder of the model inside the package, so that images are encoded once and prompted many
    /// times.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, Single [d, S/16, S/16]; its companions are called
    /// <c>{name}.HighResolutionFeatures0</c>,
    /// <c>{name}.HighResolutionFeatures1</c> and <c>{name}.ImageSize</c>.</param>
    /// <param name="inputColumnName">Column to read, or null for the name of the output: <see cref="Data.MLImage"/>, or what
    /// <c>PreprocessSam2Images</c> wrote.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> or <paramref name="outputColumnName"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static Sam2ImageEncodingEstimator EncodeSam2Images(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null) =>
        EncodeSam2Images(catalog, outputColumnName, inputColumnName, new Sam2ImageEncodingOptions());

    /// <summary>Runs SAM 2's image encoder, so that images are encoded once and prompted many times.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, Single [d, S/16, S/16], and of its companions as without
    /// options.</param>
    /// <param name="inputColumnName">Column to read, or null for the name of the output: <see cref="Data.MLImage"/>, or what
    /// <c>PreprocessSam2Images</c> wrote for the same model.</param>
    /// <param name="options">Settings: the model, where it runs, and the largest image.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/>, <paramref name="outputColumnName"/> or
    /// <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="options"/> is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public static Sam2ImageEncodingEstimator EncodeSam2Images(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName, Sam2ImageEncodingOptions options)
    {
        Check(catalog, outputColumnName, inputColumnName, options);
        return new(StageEnvironment.Of(catalog), outputColumnName, inputColumnName, options);
    }

    /// <summary>Finds the masks of the objects that prompts point at, with the decoder of the model inside the package.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, a <see cref="MaskSet"/>; its plain companions are called after
    /// it.</param>
    /// <param name="embeddingColumnName">Column that <c>EncodeSam2Images</c> wrote.</param>
    /// <param name="promptColumnName">Column of <see cref="Sam2PromptSet"/>.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static Sam2PromptDecodingEstimator DecodeSam2Prompts(
        this TransformsCatalog catalog, string outputColumnName, string embeddingColumnName, string promptColumnName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(promptColumnName);
        return DecodeSam2Prompts(
            catalog, outputColumnName, embeddingColumnName, new Sam2PromptDecodingOptions { PromptColumn = promptColumnName });
    }

    /// <summary>Finds the masks of the objects that prompts point at.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, a <see cref="MaskSet"/>; its plain companions are called after
    /// it.</param>
    /// <param name="embeddingColumnName">Column that <c>EncodeSam2Images</c> wrote.</param>
    /// <param name="options">Settings: the model, and in which columns the prompts are.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A name is empty, or the columns of <paramref name="options"/> do not go together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="options"/> is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public static Sam2PromptDecodingEstimator DecodeSam2Prompts(
        this TransformsCatalog catalog, string outputColumnName, string embeddingColumnName, Sam2PromptDecodingOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(embeddingColumnName);
        Check(catalog, outputColumnName, embeddingColumnName, options);
        return new(StageEnvironment.Of(catalog), outputColumnName, embeddingColumnName, options);
    }

    /// <summary>Segments everything in an image, with the model inside the package and its own thresholds.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, a <see cref="MaskSet"/>; its plain companions are called after
    /// it.</param>
    /// <param name="inputColumnName">Column to read, or null for the name of the output: <see cref="Data.MLImage"/>, or the bytes of an
    /// image
    /// file.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> or <paramref name="outputColumnName"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static MaskGenerationEstimator GenerateMasks(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null) =>
        GenerateMasks(catalog, outputColumnName, inputColumnName, new AutomaticMaskGenerationOptions());

    /// <summary>Segments everything in an image.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, a <see cref="MaskSet"/>; its plain companions are called after
    /// it.</param>
    /// <param name="inputColumnName">Column to read, or null for the name of the output: <see cref="Data.MLImage"/>, or the bytes of an
    /// image
    /// file.</param>
    /// <param name="options">Settings: the model, thresholds, points and crops. Without session options the GPU device and the fallback
    /// are those of the <see cref="MLContext"/>.</param>
    /// <param name="progress">Progress callback, invoked on the thread that reads a row after each batch of points; null for none. Not
    /// saved with a pipeline.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/>, <paramref name="outputColumnName"/> or
    /// <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty, or the point grids of <paramref name="options"/> do not fit its crop
    /// layers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="options"/> is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public static MaskGenerationEstimator GenerateMasks(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? inputColumnName,
        AutomaticMaskGenerationOptions options,
        IProgress<MaskGenerationProgress>? progress = null)
    {
        Check(catalog, outputColumnName, inputColumnName, options);
        return new(StageEnvironment.Of(catalog), outputColumnName, inputColumnName, options, progress);
    }

    /// <summary>Makes one row of each mask, with features of fixed size: to filter, count or train on masks instead of images.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, a <see cref="MaskSet"/> of one mask; area, box and the other features
    /// are called after it.</param>
    /// <param name="inputColumnName">Column of <see cref="MaskSet"/> to read, or null for the name of the output.</param>
    /// <param name="imageColumnName">Column of images to measure mean colours in, or null for none: what the masks were made
    /// from.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/> or <paramref name="outputColumnName"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty.</exception>
    public static MaskExpansionEstimator ExpandMasks(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, string? imageColumnName = null)
    {
        CheckOptional(imageColumnName, nameof(imageColumnName));
        return ExpandMasks(catalog, outputColumnName, inputColumnName, new MaskExpansionOptions { ImageColumn = imageColumnName });
    }

    /// <summary>Makes one row of each mask, with features of fixed size, and on request with its part of the image: to filter, count,
    /// train on or classify what the masks show.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column to write, a <see cref="MaskSet"/> of one mask; area, box and the other features
    /// are called after it.</param>
    /// <param name="inputColumnName">Column of <see cref="MaskSet"/> to read, or null for the name of the output.</param>
    /// <param name="options">Settings: the column of images, cut-outs, and what becomes of rows that fail.</param>
    /// <returns>The estimator; see it for columns and types.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="catalog"/>, <paramref name="outputColumnName"/> or
    /// <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty, or cut-outs are asked for without a column of images.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="options"/> is out of its range.</exception>
    [OverloadResolutionPriority(1)]
    public static MaskExpansionEstimator ExpandMasks(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName, MaskExpansionOptions options)
    {
        Check(catalog, outputColumnName, inputColumnName, options);
        options.Validate();
        return new(
            StageEnvironment.Of(catalog),
            new MaskExpansionColumns(new StageColumns(outputColumnName, inputColumnName ?? outputColumnName), options));
    }

    /// <summary>Says where the stages of a pipeline run their models: for one that was loaded from a file, which keeps neither device nor
    /// threads, or to limit the threads of each engine in a service.</summary>
    /// <param name="model">A transformer of <c>EncodeSam2Images</c>, <c>DecodeSam2Prompts</c> or <c>GenerateMasks</c>, or a chain with
    /// such ones in it, before its first row has been read.</param>
    /// <param name="session">Device and threads. Where it names no device, that of the <see cref="MLContext"/> is used, if there is
    /// one.</param>
    /// <remarks>Not safe against rows that are read meanwhile.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">There is no such stage in <paramref name="model"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <paramref name="session"/> is out of its range.</exception>
    /// <exception cref="InvalidOperationException">A stage has loaded its model already.</exception>
    /// <exception cref="ObjectDisposedException">A stage was disposed.</exception>
    public static void SetSam2Session(this ITransformer model, Sam2SessionOptions session)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(session);
        session.Validate();
        var stages = SessionStages.Of(model).ToList();
        if (stages.Count == 0)
        {
            throw new ArgumentException(
                "Expected a stage of EncodeSam2Images, DecodeSam2Prompts or GenerateMasks, or a chain with such ones, found none.",
                nameof(model));
        }

        stages.ForEach(stage => stage.UseSession(session));
    }

    private static void Check(TransformsCatalog catalog, string outputColumnName, string? inputColumnName, object options)
    {
        MlNetInternals.ThrowIfUnsupported();
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        CheckOptional(inputColumnName, nameof(inputColumnName));
    }

    private static void CheckOptional(string? columnName, string parameterName)
    {
        if (columnName is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(columnName, parameterName);
        }
    }
}
