using System.Reflection;
using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Turns whatever fails while a row is computed into one of the documented exceptions, with the row's position and, where known,
/// the name of its image.</summary>
/// <param name="row">The row, or the cursor whose current row moves.</param>
/// <param name="describe">What a person knows the current row by, or null.</param>
/// <param name="state">The transformer that computes.</param>
internal sealed class RowErrors(DataViewRow row, Func<string?>? describe, TransformerState state)
{
    // Marks an error that names its row, so that the stages above it in a pipeline do not name it once more. In the error's data and not
    // its type: callers catch InvalidOperationException, and some compare types exactly.
    private const string Mark = "MaskGen.ML.Row";

    /// <summary>The error to throw instead, or null to pass this one on: it names its row already, or is a cancellation.</summary>
    /// <returns><see cref="ObjectDisposedException"/> where the transformer was disposed meanwhile, <see cref="OutOfMemoryException"/> for
    /// one, <see cref="OperationCanceledException"/> out of an <see cref="AggregateException"/>, and otherwise
    /// <see cref="InvalidOperationException"/> with the cause as its inner exception.</returns>
    public Exception? Explain(Exception error)
    {
        var cause = Unwrap(error);
        if (cause.Data.Contains(Mark))
        {
            return cause == error ? null : cause;
        }

        if (cause is OperationCanceledException cancellation)
        {
            return cause == error ? null : new OperationCanceledException(cause.Message, error, cancellation.CancellationToken);
        }

        if (cause is ObjectDisposedException && state.IsDisposed)
        {
            return Marked(state.DisposedError());
        }

        var name = describe?.Invoke();
        var message = string.IsNullOrEmpty(name) ? $"Row {row.Position}: {Text(cause)}" : $"Row {row.Position} ({name}): {Text(cause)}";
        return Marked(cause is OutOfMemoryException
            ? new OutOfMemoryException(message, cause)
            : new InvalidOperationException(message, cause));
    }

    /// <summary>What to say of a row whose data cannot be computed, where such rows are marked; null for what must end the work all the
    /// same: a cancellation, a disposed transformer, exhausted memory, and whatever speaks of the program and not of the row.</summary>
    public static string? FailureText(Exception error)
    {
        var failure = Unwrap(error);

        // A stage below that throws at such rows has named the row already.
        var cause = failure.Data.Contains(Mark) ? Unwrap(failure.InnerException ?? failure) : failure;
        return IsOfTheRow(cause) ? Text(failure) : null;
    }

    private static bool IsOfTheRow(Exception cause) => cause is not (
        OperationCanceledException or ObjectDisposedException or OutOfMemoryException or InsufficientExecutionStackException
        or NullReferenceException or ArgumentNullException or IndexOutOfRangeException or InvalidCastException or KeyNotFoundException
        or ArrayTypeMismatchException or ArithmeticException or NotImplementedException or AccessViolationException
        or TypeInitializationException or TypeLoadException or MemberAccessException or BadImageFormatException
        or InvalidProgramException);

    // Of several failures of one step that ran on several threads the first that is no consequence of another's failing.
    private static Exception Unwrap(Exception error)
    {
        while (error is AggregateException { InnerExceptions.Count: > 0 } aggregate)
        {
            error = aggregate.InnerExceptions.FirstOrDefault(inner => inner is not OperationCanceledException)
                ?? aggregate.InnerExceptions[0];
        }

        return error;
    }

    private static string Text(Exception error) => error switch
    {
        // What a type initializer or a reflected call threw says more than that it threw.
        TypeInitializationException or TargetInvocationException when error.InnerException is { } inner => $"{error.Message} {Text(inner)}",

        // The parameter is one of ours, nothing that the reader of a data view has passed.
        ArgumentException { ParamName: { } parameter } =>
            error.Message.Replace($" (Parameter '{parameter}')", string.Empty, StringComparison.Ordinal),
        _ => error.Message,
    };

    private static Exception Marked(Exception error)
    {
        error.Data[Mark] = true;
        return error;
    }
}
