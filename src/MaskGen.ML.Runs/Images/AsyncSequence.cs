namespace MaskGen.ML.Runs;

/// <summary>Turns what is at hand into what is waited for.</summary>
internal static class AsyncSequence
{
    /// <summary>The same items.</summary>
    public static async IAsyncEnumerable<T> ToAsync<T>(this IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            yield return item;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }
}
