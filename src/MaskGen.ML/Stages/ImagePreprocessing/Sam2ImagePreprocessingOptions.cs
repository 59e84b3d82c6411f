namespace MaskGen.ML;

/// <summary>Settings of <c>PreprocessSam2Images</c>.</summary>
/// <remarks>Immutable and safe to share between threads; change a copy with <c>with</c>.</remarks>
public sealed record Sam2ImagePreprocessingOptions
{
    /// <summary>The model that the pictures are prepared for: it says the side S of the square input, and its weights are not used; null
    /// for the default model inside the package, <see cref="Sam2Model.Nano"/>.</summary>
    public Sam2Model? Model { get; init; }
}
