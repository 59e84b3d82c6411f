namespace MaskGen.ML.Generation;

/// <summary>Checks values of <see cref="FailedRowBehavior"/>.</summary>
internal static class FailedRowBehaviors
{
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the enumeration.</exception>
    public static void Check(FailedRowBehavior behavior, string name)
    {
        if (!Enum.IsDefined(behavior))
        {
            throw new ArgumentOutOfRangeException(
                name, behavior, $"Expected {nameof(FailedRowBehavior.Throw)} or {nameof(FailedRowBehavior.Mark)}.");
        }
    }
}
