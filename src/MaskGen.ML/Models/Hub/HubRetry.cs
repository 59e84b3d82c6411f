using Polly;
using Polly.Retry;

namespace MaskGen.ML.Models;

/// <summary>Runs requests again where another attempt may help, and says so.</summary>
internal sealed class HubRetry(HubSettings settings, HubRepository repository, HubReporter reporter)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    /// <summary>Runs a request, again where it fails for a reason that may pass.</summary>
    /// <param name="fileName">The file that it is about, for messages.</param>
    /// <param name="request">One attempt.</param>
    /// <param name="cancellationToken">Ends attempts and waits.</param>
    /// <exception cref="Sam2DownloadException">All attempts failed.</exception>
    public async Task<T> RunAsync<T>(string fileName, Func<CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        var attempts = 0;
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = settings.TimeProvider }.AddRetry(Strategy(fileName)).Build();
        try
        {
            return await pipeline.ExecuteAsync(
                async token =>
                {
                    attempts++;
                    return await request(token).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (HubTransientException e)
        {
            throw HubErrors.AfterRetries(e, repository, fileName, attempts, settings);
        }
    }

    private RetryStrategyOptions Strategy(string fileName) => new()
    {
        ShouldHandle = arguments => ValueTask.FromResult(
            arguments.Outcome.Exception is HubTransientException { IsNoNetwork: false } e && arguments.AttemptNumber < Limit(e)),
        MaxRetryAttempts = Math.Max(1, settings.RetryCount),
        Delay = settings.RetryDelay,
        MaxDelay = LongestDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,

        // A server that says when to come back is believed, within reason.
        DelayGenerator = arguments => ValueTask.FromResult(
            arguments.Outcome.Exception is HubTransientException { RetryAfter: { } wait } ? Min(wait, LongestDelay) : (TimeSpan?)null),
        OnRetry = arguments =>
        {
            var error = (HubTransientException)arguments.Outcome.Exception!;
            var next = $"attempt {arguments.AttemptNumber + 2} of {Limit(error) + 1}";
            reporter.Say(fileName, $"{error.Message}; {next} in {HubText.Seconds(arguments.RetryDelay)}");
            return ValueTask.CompletedTask;
        },
    };

    private int Limit(HubTransientException error) =>
        error.IsBeforeContact ? Math.Min(settings.FirstContactRetryCount, settings.RetryCount) : settings.RetryCount;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
