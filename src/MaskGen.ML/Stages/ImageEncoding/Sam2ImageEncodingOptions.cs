namespace MaskGen.ML;

/// <summary>Settings of <c>EncodeSam2Images</c>.</summary>
/// <remarks>Immutable and safe to share between threads; change a copy with <c>with</c>.</remarks>
public sealed record Sam2ImageEncodingOptions
{
    /// <summary>The model whose image encoder runs, and by which prompts must be decoded; null for the default model inside the package,
    /// <see cref="Sam2Model.Nano"/>.</summary>
    public Sam2Model? Model { get; init; }

    /// <summary>Device and threads, or null for what the <c>MLContext</c> says (<c>GpuDeviceId</c>, <c>FallbackToCpu</c>). Not saved with
    /// the stage: the machine that loads it says where it runs.</summary>
    public Sam2SessionOptions? Session { get; init; }

    /// <summary>Width times height that an image may have at most, 100 megapixels by default; the range is that of
    /// <see cref="ImageLoadOptions.MaximumPixels"/>. A row with a larger image throws before it is copied. Without effect on preprocessed
    /// images.</summary>
    public long MaximumPixels { get; init; } = ImageLoadOptions.DefaultMaximumPixels;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="MaximumPixels"/>, or a value of <see cref="Session"/>, is out of its
    /// range.</exception>
    public void Validate()
    {
        Session?.Validate();
        new ImageLoadOptions { MaximumPixels = MaximumPixels }.Validate();
    }
}
