namespace MaskGen.ML.Checkpoints;

/// <summary>How many bytes of names a file may make us keep: texts take twice their bytes in memory, and a file of nothing but names would
/// take a multiple of its size.</summary>
/// <remarks>The names of a real checkpoint are 1.5 % of the smallest one.</remarks>
/// <param name="fileLength">Bytes of the whole file.</param>
internal struct CheckpointTextBudget(long fileLength)
{
    private const int Free = 1 << 20;
    private const int BytesPerByte = 16;

    private long _left = Free + (fileLength / BytesPerByte);

    /// <summary>What there was in all.</summary>
    public long Most { get; } = Free + (fileLength / BytesPerByte);

    /// <summary>Takes so many bytes; false where there are not that many left.</summary>
    public bool TrySpend(int length) => (_left -= length) >= 0;
}
