namespace MaskGen.ML.Tests.Models;

/// <summary>The official weights, on machines that have them: the folder that <c>MASKGEN_CHECKPOINTS</c> names holds, for each model,
/// a folder such as <c>sam2-hiera-tiny</c> with the files of its repository, or Meta's file such as <c>sam2_hiera_tiny.pt</c>, or is
/// itself a
/// Hugging Face cache. Beside them, for known answers, lies <c>car.png</c> of the transformers tests.</summary>
internal static class OfficialCheckpoints
{
    private const string Variable = "MASKGEN_CHECKPOINTS";

    public static TheoryData<string> Names => [.. Sam2OfficialModel.All.Select(m => m.Name)];

    /// <summary>The model; skips the test, saying why, where it is not to be had.</summary>
    public static Sam2Model Require(string name)
    {
        var folder = RequireFolder();
        var official = Sam2OfficialModel.All.Single(m => m.Name == name);
        var repository = Path.Combine(folder, name["facebook/".Length..]);
        var meta = Path.Combine(folder, $"sam{official.Version}_hiera_{official.Size}.pt");
        var path = Directory.Exists(repository) ? repository
            : File.Exists(meta) ? meta
            : Sam2Hub.FindCached(name, null, new Sam2DownloadOptions { CacheFolder = folder })?.Folder;
        Assert.SkipWhen(
            path is null,
            $"{folder} has neither {Path.GetFileName(repository)} nor {Path.GetFileName(meta)}, nor is it a cache with {name}.");
        return Sam2Model.FromFile(path!);
    }

    /// <summary>Another file beside the weights; skips the test, saying why, where it is not there.</summary>
    public static string RequireFile(string name)
    {
        var path = Path.Combine(RequireFolder(), name);
        Assert.SkipUnless(File.Exists(path), $"{path} is not there.");
        return path;
    }

    private static string RequireFolder()
    {
        var folder = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrEmpty(folder), $"{Variable} names no folder with the official weights.");
        return folder!;
    }
}
