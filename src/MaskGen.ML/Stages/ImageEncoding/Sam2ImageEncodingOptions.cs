namespace MaskGen.ML;

/// <summary>Settings of <c>EncodeSam2Images</c>.</summary>
public sealed record Sam2ImageEncodingOptions
{
    /// <summary>The model whose image encoder runs; prompts must be decoded by the same one.</summary>
    public Sam2Model Model { get; init; } = Sam2Model.Nano;

    /// <summary>Device and threads, or null for what the <c>MLContext</c> says (<c>GpuDeviceId</c>, <c>FallbackToCpu</c>). Not saved with the stage: the
    /// machine that loads it says where it runs.</summary>
    public Sam2SessionOptions? Session { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentNullException"><see cref="Model"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A value of <see cref="Session"/> is out of its range.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Model);
        Session?.Validate();
    }
}
