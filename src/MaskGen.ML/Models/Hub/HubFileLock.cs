using MaskGen.ML.Files;

namespace MaskGen.ML.Models;

/// <summary>Held by the one process that writes a file of the cache. Released when the process ends.</summary>
/// <remarks>On Unix .NET locks an unshared file with flock, as huggingface_hub does, so the two exclude each other.</remarks>
internal sealed class HubFileLock : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    // ERROR_SHARING_VIOLATION of Windows, EAGAIN of Linux and of macOS.
    private static readonly int[] HeldResults = [unchecked((int)0x80070020), 11, 35];

    private readonly FileStream _file;

    private HubFileLock(FileStream file) => _file = file;

    /// <summary>Waits until the lock is free, for as long as it takes.</summary>
    /// <param name="path">File of the lock; its folder is created.</param>
    /// <param name="settings">Time.</param>
    /// <param name="onWait">Called once when the wait is longer than <see cref="HubSettings.NoticeDelay"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The file cannot be created, or is none that this program may write to.</exception>
    public static async Task<HubFileLock> AcquireAsync(
        string path, HubSettings settings, Action onWait, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var started = settings.TimeProvider.GetTimestamp();
        for (var isReported = false; ;)
        {
            if (TryAcquire(path) is { } held)
            {
                return held;
            }

            if (!isReported && settings.TimeProvider.GetElapsedTime(started) >= settings.NoticeDelay)
            {
                isReported = true;
                onWait();
            }

            await Task.Delay(PollInterval, settings.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The lock, or null while another process holds it.</summary>
    /// <exception cref="IOException">The file cannot be created, or is none that this program may write to.</exception>
    public static HubFileLock? TryAcquire(string path)
    {
        try
        {
            return new HubFileLock(Open(path, FileMode.CreateNew));
        }
        catch (IOException) when (Exists(path))
        {
            // From an earlier time, as nearly always.
        }

        try
        {
            return OpenExisting(path) is { } file ? new HubFileLock(file) : null;
        }
        catch (IOException e) when (HeldResults.Contains(e.HResult))
        {
            return null;
        }
        catch (FileNotFoundException)
        {
            // Gone meanwhile: next time it is created.
            return null;
        }
    }

    // The file stays: whoever waits for it holds it open by now.
    public void Dispose() => _file.Dispose();

    // Nothing is written to it, but a link could have a file created anywhere, and opening a device may do anything.
    private static FileStream? OpenExisting(string path)
    {
        var expected = FileStatus.OfName(path);
        if (expected is { IsRegular: false })
        {
            throw new IOException($"{path}: expected a lock file, found a link or something that is no regular file. Delete it.");
        }

        var file = Open(path, FileMode.Open);
        if (expected is { } e
            && FileStatus.OfHandle(file.SafeFileHandle) is { } found
            && e.Identity != found.Identity)
        {
            file.Dispose();
            return null;
        }

        return file;
    }

    // A link counts as there even where it leads nowhere.
    private static bool Exists(string path) =>
        new FileInfo(path) is var file && (file.Exists || file.LinkTarget is not null || Directory.Exists(path));

    private static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
}
