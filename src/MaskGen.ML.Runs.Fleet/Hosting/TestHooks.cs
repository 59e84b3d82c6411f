namespace MaskGen.ML.Runs.Fleet;

/// <summary>For the tests, which cannot wait for minutes, and which stop a worker in the middle of an image.</summary>
internal static class TestHooks
{
    /// <summary>A folder. Where it has a file <c>hold</c>, a worker notes its process id in <c>held-ID</c> before each image, and waits
    /// until <c>hold</c> is gone.</summary>
    private const string FolderVariable = "MASKGEN_FLEET_TEST_FOLDER";

    /// <summary>Times in seconds: invisibility, lock, poll.</summary>
    public const string SecondsVariable = "MASKGEN_FLEET_TEST_SECONDS";

    public static void Set()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
        {
            ShardWork.BeforeImage = _ => Hold(folder);
        }
    }

    private static void Hold(string folder)
    {
        const string Name = "hold";
        var hold = Path.Combine(folder, Name);
        if (!File.Exists(hold))
        {
            return;
        }

        using var gone = new ManualResetEventSlim();
        using var watcher = new FileSystemWatcher(folder, Name);
        watcher.Deleted += (_, _) => gone.Set();
        watcher.EnableRaisingEvents = true;
        File.WriteAllText(Path.Combine(folder, $"held-{Environment.ProcessId}"), string.Empty);

        // It may have gone before anybody watched.
        if (!File.Exists(hold))
        {
            return;
        }

        gone.Wait();
    }
}
