using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Hands weights in our own memory to a session, without a copy: ONNX Runtime's C function AddExternalInitializers.</summary>
/// <remarks>The managed API has only AddInitializer, which since ONNX Runtime 1.24 or so needs the data in the model as well
/// (an initializer without data, or whose external file does not exist, is refused when the model is read).
/// The C API's table of functions only ever grows at its end, so a slot once published keeps its meaning
/// (onnxruntime_c_api.h; the function is there since version 12).</remarks>
internal static unsafe partial class OnnxExternalInitializers
{
    private const uint ApiVersion = 12;

    // Slots of the function table struct OrtApi.
    private const int GetErrorMessageSlot = 2;
    private const int ReleaseStatusSlot = 93;
    private const int AddExternalInitializersSlot = 210;

    /// <summary>Supplies the data of initializers that the model marks as external. The values must outlive the session.</summary>
    /// <exception cref="InvalidOperationException">ONNX Runtime refused; the message is its own.</exception>
    public static void Add(SessionOptions options, IReadOnlyList<string> names, IReadOnlyList<OrtValue> values)
    {
        if (names.Count == 0)
        {
            return;
        }

        var api = ((delegate* unmanaged<uint, void**>)OrtGetApiBase()->GetApi)(ApiVersion);
        var nameBytes = names.Select(name => Encoding.UTF8.GetBytes(name + '\0')).ToArray();
        var pins = Array.ConvertAll(nameBytes, bytes => GCHandle.Alloc(bytes, GCHandleType.Pinned));
        var added = false;
        options.DangerousAddRef(ref added);
        try
        {
            var namePointers = Array.ConvertAll(pins, pin => pin.AddrOfPinnedObject());
            var valuePointers = values.Select(Handle).ToArray();
            fixed (nint* namePointer = namePointers, valuePointer = valuePointers)
            {
                var add = (delegate* unmanaged<nint, nint*, nint*, nuint, nint>)api[AddExternalInitializersSlot];
                ThrowOnError(api, add(options.DangerousGetHandle(), namePointer, valuePointer, (nuint)names.Count));
            }
        }
        finally
        {
            if (added)
            {
                options.DangerousRelease();
            }

            foreach (var pin in pins)
            {
                pin.Free();
            }
        }
    }

    private static void ThrowOnError(void** api, nint status)
    {
        if (status == 0)
        {
            return;
        }

        var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)api[GetErrorMessageSlot])(status));
        ((delegate* unmanaged<nint, void>)api[ReleaseStatusSlot])(status);
        throw new InvalidOperationException($"ONNX Runtime did not take the weights: {message}");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Handle")]
    private static extern nint Handle(OrtValue value);

    [LibraryImport("onnxruntime")]
    private static partial ApiBase* OrtGetApiBase();

    [StructLayout(LayoutKind.Sequential)]
    private struct ApiBase
    {
        public nint GetApi;
        public nint GetVersionString;
    }
}
