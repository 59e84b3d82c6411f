namespace MaskGen.ML.Runs;

/// <summary>Something that is being written and that nobody sees before it is complete. Gone if it never is. Not safe for concurrent
/// use.</summary>
internal abstract class PendingItem : IDisposable
{
    /// <summary>Where the content goes.</summary>
    public abstract Stream Stream { get; }

    /// <summary>Gives it its name, unless something has it.</summary>
    /// <returns>Whether the name is this one's; what had it before is untouched otherwise.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public abstract Task<bool> PublishAsync(CancellationToken cancellationToken);

    /// <summary>Gives it its name, whatever has it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public abstract Task ReplaceAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();
}
