namespace MaskGen.ML.Inference;

/// <summary>The tensors of an encoded image where the encoder has left them.</summary>
/// <param name="Tensors">As <see cref="EncodedImageLayout.Shapes"/> lists them. They live as long as the image: when nobody uses it any
/// more, only the collector knows.</param>
/// <param name="Layout">Their shapes.</param>
/// <param name="Reader">Copies them to ordinary memory.</param>
internal sealed record DeviceEmbedding(IReadOnlyList<DeviceTensor> Tensors, EncodedImageLayout Layout, DeviceReader Reader)
{
    /// <summary>The device whose memory they are in.</summary>
    public Sam2Device Device => Reader.Device;

    /// <summary>Copies the tensors into ordinary memory.</summary>
    /// <exception cref="InvalidOperationException">The device failed.</exception>
    public ReadOnlyMemory<float>[] Read() => Reader.Read(Tensors);
}
