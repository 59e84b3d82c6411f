using System.Runtime.InteropServices;

namespace MaskGen.ML.Inference;

/// <summary>Names as C strings, UTF-8 with a zero at the end, in one array.</summary>
internal sealed unsafe class Utf8Names : IDisposable
{
    private readonly byte** _names;
    private readonly int _count;

    public Utf8Names(IReadOnlyCollection<string> names)
    {
        _names = (byte**)NativeMemory.AllocZeroed((nuint)Math.Max(names.Count, 1), (nuint)sizeof(byte*));
        foreach (var name in names)
        {
            _names[_count++] = (byte*)Marshal.StringToCoTaskMemUTF8(name);
        }
    }

    /// <summary>The array; valid until disposed.</summary>
    public byte** Pointer => _names;

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
        {
            Marshal.FreeCoTaskMem((nint)_names[i]);
            _names[i] = null;
        }

        NativeMemory.Free(_names);
    }
}
