using MaskGen.ML.Tests.Models.Hub;

namespace MaskGen.ML.Tests.Cli;

public class PullTests
{
    [Fact]
    public async Task Pull_BlobWithAnotherContentOfTheSameLength_IsFetchedAgainUnderVerifyAlone()
    {
        using var hub = FakeHub.WithMicro();
        using var folder = new TestFolder();
        var environment = new Dictionary<string, string> { ["HF_ENDPOINT"] = hub.Endpoint.ToString(), ["HF_HOME"] = folder.Path };
        Assert.Equal(0, await PullAsync());
        var whole = File.ReadAllBytes(Fixture.Path("micro/model.safetensors"));
        var weights = Directory.GetFiles(folder.Path, "model.safetensors", SearchOption.AllDirectories).Single();
        Assert.Equal(whole, File.ReadAllBytes(weights));
        var damaged = whole.ToArray();
        damaged[^1] ^= 1;
        using (var stream = new FileStream(weights, FileMode.Open, FileAccess.Write))
        {
            stream.Write(damaged);
        }

        Assert.Equal(0, await PullAsync());
        Assert.Equal(damaged, File.ReadAllBytes(weights));

        Assert.Equal(0, await PullAsync("--verify"));
        Assert.Equal(whole, File.ReadAllBytes(weights));

        async Task<int> PullAsync(params string[] options)
        {
            using var process = MaskgenProcess.Start(["models", "pull", FakeHub.Name, .. options], environment);
            return await process.ExitCodeAsync();
        }
    }
}
