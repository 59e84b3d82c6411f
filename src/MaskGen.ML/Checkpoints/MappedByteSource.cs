namespace MaskGen.ML.Checkpoints;

/// <summary>Checkpoint bytes that the system has mapped into memory already, as it does with the resources of an assembly.</summary>
/// <param name="stream">A stream over them, from its beginning; disposed with this.</param>
internal sealed unsafe class MappedByteSource(UnmanagedMemoryStream stream) : ByteSource
{
    private readonly byte* _start = stream.PositionPointer;

    public override long Length { get; } = stream.Length;

    public override ReadOnlySpan<byte> GetSpan(long offset, int length) => new(_start + offset, length);

    public override void Dispose() => stream.Dispose();

    // A view could outlive this.
    protected override bool TryGetFloatView(long offset, int count, out ReadOnlyMemory<float> view)
    {
        view = default;
        return false;
    }
}
