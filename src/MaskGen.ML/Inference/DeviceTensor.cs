using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Inference;

/// <summary>A tensor in memory of ONNX Runtime's, where a run has left it: on a GPU, say.</summary>
/// <remarks>Its memory is freed when it is disposed, or by the collector where nobody can say when the last use was; it does not need the
/// session that made it. Safe for concurrent use but for disposing.</remarks>
internal sealed class DeviceTensor : SafeHandleZeroOrMinusOneIsInvalid, IOnnxValue
{
    private readonly long _bytes;

    /// <param name="value">The C API's OrtValue, which this owns from now on.</param>
    public DeviceTensor(nint value)
        : base(ownsHandle: true)
    {
        SetHandle(value);

        // The collector does not see what this holds, and would let it wait.
        _bytes = OnnxApi.BytesOf(value);
        if (_bytes > 0)
        {
            GC.AddMemoryPressure(_bytes);
        }
    }

    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        OnnxApi.ReleaseTensor(handle);
        if (_bytes > 0)
        {
            GC.RemoveMemoryPressure(_bytes);
        }

        return true;
    }
}
