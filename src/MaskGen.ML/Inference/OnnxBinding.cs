using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Inputs and outputs of one run of a session, bound to where they are or are to be (OrtIoBinding).</summary>
/// <remarks>Not safe for concurrent use. What is bound must live until the run has ended.</remarks>
internal sealed unsafe class OnnxBinding : IDisposable
{
    private readonly nint _session;
    private nint _binding;
    private int _kept;
    private bool _hasOutputs;

    public OnnxBinding(nint session)
    {
        _session = session;
        _binding = OnnxApi.CreateBinding(session);
    }

    public void BindInput(string name, IOnnxValue value)
    {
        using var text = new Utf8Names([name]);
        OnnxApi.BindInput(_binding, *text.Pointer, value.Handle);
    }

    /// <summary>An output that is computed into memory of the caller's.</summary>
    public void BindOutput(string name, IOnnxValue value)
    {
        _hasOutputs = true;
        using var text = new Utf8Names([name]);
        OnnxApi.BindOutput(_binding, *text.Pointer, value.Handle);
    }

    /// <summary>An output that is allocated by the run, of whatever shape; before those of <see cref="BindOutput"/>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="memory">Where: the C API's OrtMemoryInfo.</param>
    /// <exception cref="InvalidOperationException">Other outputs are bound already.</exception>
    public void KeepOutput(string name, nint memory)
    {
        if (_hasOutputs)
        {
            throw new InvalidOperationException("Expected outputs that stay on the device before those that are read.");
        }

        using var text = new Utf8Names([name]);
        OnnxApi.BindOutputToMemory(_binding, *text.Pointer, memory);
        _kept++;
    }

    /// <summary>Runs the session.</summary>
    /// <returns>The outputs of <see cref="KeepOutput"/>, in their order; the caller disposes them.</returns>
    public DeviceTensor[] Run(RunOptions options)
    {
        OnnxApi.Run(_session, options, _binding);
        if (_kept == 0)
        {
            return [];
        }

        // All that are bound come back; of those that the caller holds already another hold is not needed.
        var values = OnnxApi.BoundOutputs(_binding);
        Array.ForEach(values[_kept..], OnnxApi.ReleaseTensor);
        return Array.ConvertAll(values[.._kept], value => new DeviceTensor(value));
    }

    public void Dispose()
    {
        OnnxApi.ReleaseBinding(_binding);
        _binding = 0;
    }
}
