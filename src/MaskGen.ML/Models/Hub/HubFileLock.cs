namespace MaskGen.ML.Models;

/// <summary>Held by the one process that writes a blob. A process that dies lets go of it.</summary>
/// <remarks>On Unix .NET locks an unshared file with flock, and so does huggingface_hub: the two keep out of each other's way.</remarks>
internal sealed class HubFileLock : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    // ERROR_SHARING_VIOLATION of Windows, EAGAIN of Linux and of macOS.
    private static readonly int[] HeldResults = [unchecked((int)0x80070020), 11, 35];

    private readonly FileStream _file;

    private HubFileLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free, for as long as it takes.</summary>
    public static async Task<HubFileLock> AcquireAsync(string path, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new HubFileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
            }
            catch (IOException e) when (HeldResults.Contains(e.HResult))
            {
                await Task.Delay(PollInterval, timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // The file stays: whoever waits for it holds it open by now.
    public void Dispose() => _file.Dispose();
}
