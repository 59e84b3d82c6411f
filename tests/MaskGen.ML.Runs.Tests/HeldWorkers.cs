namespace MaskGen.ML.Runs.Tests;

/// <summary>Stops workers before an image, until they are let go; see <c>TestHooks</c> of the program.</summary>
internal sealed class HeldWorkers : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly SemaphoreSlim _made = new(0);

    public HeldWorkers(string folder)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        File.WriteAllText(Hold, string.Empty);
        _watcher = new FileSystemWatcher(Folder);
        _watcher.Created += (_, _) => _made.Release();
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>What workers are told.</summary>
    public string Folder { get; }

    private string Hold => Path.Combine(Folder, "hold");

    /// <summary>Waits until each of these has a shard and stands before an image.</summary>
    public async Task UntilHeldAsync(params WorkerProgram[] workers)
    {
        while (!workers.All(worker => File.Exists(Path.Combine(Folder, $"held-{worker.Id}"))))
        {
            await _made.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Stops them again before their next image.</summary>
    public void HoldAgain()
    {
        foreach (var held in Directory.GetFiles(Folder, "held-*"))
        {
            File.Delete(held);
        }

        File.WriteAllText(Hold, string.Empty);
    }

    /// <summary>Lets all go on.</summary>
    public void Release() => File.Delete(Hold);

    public void Dispose()
    {
        Release();
        _watcher.Dispose();
        _made.Dispose();
    }
}
