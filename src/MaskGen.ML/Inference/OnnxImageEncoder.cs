using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>The image encoder as a graph of ours on ONNX Runtime.</summary>
/// <remarks>On a device other than the CPU the embedding stays there (<see cref="DeviceEmbedding"/>), where its memory serves all sessions.
/// Safe for concurrent use.</remarks>
internal sealed class OnnxImageEncoder : IDisposable
{
    private static readonly string[] OutputNames =
        [Sam2TensorNames.ImageEmbedding, Sam2TensorNames.HighResolutionFeatures0, Sam2TensorNames.HighResolutionFeatures1];

    private readonly EncodedImageLayout _layout;
    private readonly OnnxSession _session;
    private readonly DeviceReader? _reader;

    /// <param name="config">Configuration of the model.</param>
    /// <param name="weights">Verified weights; read here, not needed afterwards.</param>
    /// <param name="options">Device and threads.</param>
    /// <param name="precision">What the trunk computes with.</param>
    /// <param name="owner">What a user knows this as, for the exception once it is disposed.</param>
    public OnnxImageEncoder(
        Sam2ModelConfig config, ICheckpoint weights, Sam2SessionOptions options, EncoderPrecision precision, object owner)
    {
        _layout = new EncodedImageLayout(config.ImageSize, config.HiddenSize);
        var stays = !options.IsOnCpu || options.ComputesAsElsewhere;
        _session = new OnnxSession(ImageEncoderGraph.Build(config, precision, withMagnitude: stays), weights, options, owner);
        try
        {
            _reader = stays && DeviceMemory.IsCommon(_session.Device) ? new DeviceReader(_layout, weights, options) : null;
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>The device that it runs on.</summary>
    public Sam2Device Device => _session.Device;

    /// <summary>Encodes an image.</summary>
    /// <param name="pixelValues">float32 [1, 3, S, S].</param>
    /// <param name="imageSize">Size of the original image.</param>
    /// <param name="fingerprint">What the embedding is marked with; null for nothing.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public EncodedImage Encode(
        ReadOnlyMemory<float> pixelValues, ImageSize imageSize, string? fingerprint, CancellationToken cancellationToken)
    {
        using var input = OnnxSession.Tensor(pixelValues, 1, 3, _layout.InputSize, _layout.InputSize);
        return _reader is not null
            ? EncodeThere(_reader, input, imageSize, fingerprint, cancellationToken)
            : EncodeHere(input, imageSize, fingerprint, cancellationToken);
    }

    public void Dispose() => _session.Dispose();

    private EncodedImage EncodeHere(OnnxTensor input, ImageSize imageSize, string? fingerprint, CancellationToken cancellationToken)
    {
        float[][] values = [.. OutputNames.Select((_, i) => new float[_layout.Length(i)])];
        OnnxTensor[] outputs = [.. values.Zip(_layout.Shapes, (room, shape) => OnnxSession.Tensor(room, [.. shape]))];
        try
        {
            _session.Run([Sam2TensorNames.Image], [input], OutputNames, outputs, cancellationToken);
        }
        finally
        {
            Array.ForEach(outputs, output => output.Dispose());
        }

        return new EncodedImage(imageSize, _layout.InputSize, values[0], values[1], values[2], fingerprint);
    }

    private EncodedImage EncodeThere(
        DeviceReader reader, OnnxTensor input, ImageSize imageSize, string? fingerprint, CancellationToken cancellationToken)
    {
        var magnitude = new float[1];
        using var magnitudeValue = OnnxSession.Tensor(magnitude, 1);
        var tensors = _session.RunBound(
            [(Sam2TensorNames.Image, input)], OutputNames, [(Sam2TensorNames.Magnitude, magnitudeValue)], cancellationToken);
        return new EncodedImage(
            new DeviceEmbedding(tensors, _layout, reader), float.IsFinite(magnitude[0]), imageSize, _layout.InputSize, fingerprint);
    }
}
