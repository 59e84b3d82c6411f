namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Looks at every progress report.</summary>
internal sealed class Watcher(Action<Sam2DownloadProgress> watch) : IProgress<Sam2DownloadProgress>
{
    public void Report(Sam2DownloadProgress value) => watch(value);
}
