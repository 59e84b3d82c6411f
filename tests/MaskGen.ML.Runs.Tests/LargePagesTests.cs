using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A worker takes its memory in large pages, where the system gives them to who asks.</summary>
public sealed class LargePagesTests : IDisposable
{
    private const string Setting = "/sys/kernel/mm/transparent_hugepage/enabled";
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("always [madvise] never\n", true)]
    [InlineData("[always] madvise never\n", false)]
    [InlineData("always madvise [never]\n", false)]
    [InlineData("", false)]
    public void AreOnRequest_IsWhatTheSystemSays(string setting, bool expected) =>
        Assert.Equal(expected, LargePages.AreOnRequest(setting));

    [Theory]
    [InlineData(null, "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864")]
    [InlineData("glibc.malloc.arena_max=2", "glibc.malloc.arena_max=2")]
    public async Task Work_StartsWithThem_UnlessAUserHasChosen(string? chosen, string expected)
    {
        Assert.SkipUnless(
            File.Exists(Setting) && LargePages.AreOnRequest(await File.ReadAllTextAsync(Setting, TestContext.Current.CancellationToken)),
            $"{Setting} is not madvise.");
        await _run.With(2).CreateAsync(2);
        Dictionary<string, string> variables = chosen is null ? [] : new() { ["GLIBC_TUNABLES"] = chosen };
        using var worker = WorkerProgram.Start(["work", _run.Path, "--shard", "0", "--threads", "1", "--verbose"], variables);

        await worker.LineAsync(line => line.Contains("1 of 2", StringComparison.Ordinal));
        var started = await File.ReadAllTextAsync($"/proc/{worker.Id}/environ", TestContext.Current.CancellationToken);
        var (exitCode, error) = await worker.EndAsync();

        // Some versions of the C library leave the end of each setting where a colon was.
        started = '\0' + started.Replace("1\0glibc", "1:glibc", StringComparison.Ordinal);
        Assert.Contains($"\0GLIBC_TUNABLES={expected}\0", started, StringComparison.Ordinal);
        Assert.True(exitCode == 0, error);
        await _run.AssertCompleteAsync();
    }
}
