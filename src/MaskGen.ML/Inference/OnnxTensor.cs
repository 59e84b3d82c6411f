using System.Buffers;
using System.Diagnostics;

namespace MaskGen.ML.Inference;

/// <summary>A float32 tensor for a run, over memory of ours that is pinned as long as this lives.</summary>
internal sealed unsafe class OnnxTensor : IOnnxValue
{
    private MemoryHandle _memory;
    private nint _handle;

    /// <param name="values">As many values as the shape has.</param>
    /// <param name="shape">Row-major.</param>
    public OnnxTensor(ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape)
    {
        Debug.Assert(System.Numerics.Tensors.TensorPrimitives.Product(shape) == values.Length, "The shape is not that of the values.");
        _memory = values.Pin();
        try
        {
            _handle = OnnxApi.CreateTensor((float*)_memory.Pointer, values.Length, shape);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <param name="values">The values, which the caller keeps in their place as long as this lives.</param>
    /// <param name="count">As many as the shape has.</param>
    /// <param name="shape">Row-major.</param>
    public OnnxTensor(float* values, int count, params ReadOnlySpan<long> shape) => _handle = OnnxApi.CreateTensor(values, count, shape);

    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    public void Dispose()
    {
        if (_handle != 0)
        {
            OnnxApi.ReleaseTensor(_handle);
            _handle = 0;
            _memory.Dispose();
        }
    }
}
