using MaskGen.ML.Generation;

namespace MaskGen.ML;

/// <summary>Settings of <c>PreprocessSam2Images</c>.</summary>
/// <remarks>Immutable and safe to share between threads; change a copy with <c>with</c>.</remarks>
public sealed record Sam2ImagePreprocessingOptions
{
    /// <summary>The model that the images are prepared for: it says the side S of the square input, and its weights are not used; null
    /// for the default model inside the package, <see cref="Sam2Model.Nano"/>.</summary>
    public Sam2Model? Model { get; init; }

    /// <summary>Width times height that an image may have at most, 100 megapixels by default; the range is that of
    /// <see cref="ImageLoadOptions.MaximumPixels"/>. A row with a larger image throws before it is copied.</summary>
    public long MaximumPixels { get; init; } = ImageLoadOptions.DefaultMaximumPixels;

    /// <summary>Which values of image files of more than 8 bits a channel (in a column of bytes) become black and white;
    /// <see cref="ImageRange.Full"/> by default. ML.NET's own images have 8 bits.</summary>
    public ImageRange Range { get; init; } = ImageRange.Full;

    /// <summary>What becomes of a row that cannot be computed: throw, the default, or mark it in <c>{name}.Error</c> and go on.</summary>
    public FailedRowBehavior FailedRows { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    /// <exception cref="ArgumentNullException"><see cref="Range"/> is null.</exception>
    public void Validate()
    {
        FailedRowBehaviors.Check(FailedRows, nameof(FailedRows));
        new ImageLoadOptions { MaximumPixels = MaximumPixels, Range = Range }.Validate();
    }
}
