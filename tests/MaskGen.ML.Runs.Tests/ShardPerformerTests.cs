using Hangfire;
using MaskGen.ML.Runs.Hangfire;
using Microsoft.Extensions.Logging.Abstractions;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What a worker does with a shard when it, or Hangfire's server alone, is told to end.</summary>
public sealed class ShardPerformerTests
{
    [Fact]
    public async Task Stop_AfterHangfireHasStartedItsServerAnew_GivesTheShardBack()
    {
        var run = new EndlessRun();
        using var performer = new ShardPerformer(run, new MaskRunQueueOptions(), NullLogger.Instance);
        using var server = new CancellationTokenSource();
        var work = Task.Run(
            () => performer.Work(run.Id, 0, new ServerToken(server.Token)), TestContext.Current.CancellationToken);
        await run.Begun;

        // As when its database was away for long: the shard needs it not, and goes on.
        await server.CancelAsync();
        Assert.False(run.IsCancelled);
        Assert.True(performer.IsBusy);
        Assert.False(performer.IdleAsync().IsCompleted);

        performer.Stop();
        await performer.IdleAsync();
        Assert.True(run.IsCancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.True(performer.IdleAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Stop_BeforeHangfireEndsItsServer_WaitsForThatWithTheShardFreed()
    {
        var run = new EndlessRun();
        using var performer = new ShardPerformer(run, new MaskRunQueueOptions(), NullLogger.Instance);
        using var server = new CancellationTokenSource();
        var work = Task.Run(
            () => performer.Work(run.Id, 0, new ServerToken(server.Token)), TestContext.Current.CancellationToken);
        await run.Begun;

        performer.Stop();
        await run.Ended;
        Assert.False(work.IsCompleted);
        await server.CancelAsync();

        // Otherwise Hangfire would call the job failed.
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.Equal(server.Token, error.CancellationToken);
    }

    private sealed class ServerToken(CancellationToken server) : IJobCancellationToken
    {
        public CancellationToken ShutdownToken => server;

        public void ThrowIfCancellationRequested() => server.ThrowIfCancellationRequested();
    }

    private sealed class EndlessRun : IQueuedRun
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationToken _token;

        public string Id => "endless";

        public Task Begun => _begun.Task;

        public Task Ended => _ended.Task;

        public bool IsCancelled => _token.IsCancellationRequested;

        public async Task<MaskShardResult> WorkAsync(int shard, CancellationToken cancellationToken)
        {
            _token = cancellationToken;
            _begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                throw new InvalidOperationException("Unreachable.");
            }
            finally
            {
                _ended.SetResult();
            }
        }

        public Task<(int Missing, int GivenUp)> LookAsync(CancellationToken cancellationToken) => Task.FromResult((1, 0));
    }
}
