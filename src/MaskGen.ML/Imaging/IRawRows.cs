namespace MaskGen.ML.Imaging;

/// <summary>Gives the rows of a stored image from the top down, as a <see cref="SampleLayout"/> describes them. Not safe for concurrent
/// use.</summary>
internal interface IRawRows : IDisposable
{
    /// <summary>Reads the next row.</summary>
    /// <param name="row">Of its length.</param>
    /// <exception cref="InvalidDataException">The file is cut off or damaged there.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    void Read(Span<byte> row);

    /// <summary>Passes over the next rows.</summary>
    void Skip(int rows);
}
