namespace MaskGen.ML.Runs.Tests;

/// <summary>A worker says which device computes.</summary>
public sealed class DeviceMessageTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_OnTheCpu_SaysSo()
    {
        await _run.With(2).CreateAsync(2);

        var (exitCode, _, error) = await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"]);

        Assert.True(exitCode == 0, error);
        Assert.Contains(" ms, on the CPU.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_OnADeviceThatIsNotThere_FallsBackWhereThatIsAllowedAndSaysWhy()
    {
        await _run.With(2).CreateAsync(2);

        var (exitCode, _, error) = await TestRun.CommandAsync(
            ["work", _run.Path, "--part", "0/1", "--provider", "OpenVINO", "--fallback-to-cpu"]);

        Assert.True(exitCode == 0, error);
        Assert.Contains("The execution provider OpenVINO was asked for, but", error, StringComparison.Ordinal);
        Assert.Contains("Running on the CPU instead.", error, StringComparison.Ordinal);
        Assert.Contains(" ms, on the CPU.", error, StringComparison.Ordinal);
    }
}
