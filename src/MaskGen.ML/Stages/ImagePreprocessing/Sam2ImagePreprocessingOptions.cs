namespace MaskGen.ML;

/// <summary>Settings of <c>PreprocessSam2Images</c>.</summary>
public sealed record Sam2ImagePreprocessingOptions
{
    /// <summary>The model that the pictures are prepared for: it says the side S of the square input. Its weights are not used.</summary>
    public Sam2Model Model { get; init; } = Sam2Model.Nano;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentNullException"><see cref="Model"/> is null.</exception>
    public void Validate() => ArgumentNullException.ThrowIfNull(Model);
}
