using System.Buffers;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Inference;

/// <summary>Gives tensors as memory that counts what is pinned and unpinned, and that is worthless once it is unpinned.</summary>
/// <param name="weights">The tensors.</param>
/// <param name="failAt">Which of the large ones cannot be read, from 1.</param>
internal sealed class LendingCheckpoint(ICheckpoint weights, int failAt = int.MaxValue) : ICheckpoint
{
    private int _reads;
    private long _lent;
    private long _givenBack;

    public long LentBytes => Interlocked.Read(ref _lent);

    public long GivenBackBytes => Interlocked.Read(ref _givenBack);

    public string Source => weights.Source;

    public IReadOnlyDictionary<string, TensorDescription> Tensors => weights.Tensors;

    public ReadOnlyMemory<float> ReadFloat32(string name) =>
        Tensors[name].Count >= 1 << 16 && ++_reads == failAt
            ? throw new CheckpointFormatException(Source, "the file changed while it was read.")
            : new Values(this, weights.ReadFloat32(name).ToArray()).Memory;

    public void Dispose() => weights.Dispose();

    private sealed class Values(LendingCheckpoint owner, float[] values) : MemoryManager<float>
    {
        private MemoryHandle _handle;

        public override Span<float> GetSpan() => values;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            Interlocked.Add(ref owner._lent, values.Length * sizeof(float));
            _handle = values.AsMemory().Pin();
            return new MemoryHandle(_handle.Pointer, default, this);
        }

        public override void Unpin()
        {
            Array.Fill(values, float.NaN);
            Interlocked.Add(ref owner._givenBack, values.Length * sizeof(float));
            _handle.Dispose();
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
