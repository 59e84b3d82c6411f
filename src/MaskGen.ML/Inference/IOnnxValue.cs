namespace MaskGen.ML.Inference;

/// <summary>A tensor that a session takes or gives, in whatever memory.</summary>
internal interface IOnnxValue : IDisposable
{
    /// <summary>The C API's OrtValue; this object must live as long as it is used.</summary>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    nint Handle { get; }
}
