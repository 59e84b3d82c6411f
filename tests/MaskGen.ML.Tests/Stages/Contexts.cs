using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>What ML.NET lets AutoML do to a context and nobody else.</summary>
internal static class Contexts
{
    /// <summary>Cancels everything that was made with the context.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "CancelExecution")]
    public static extern void Cancel(MLContext context);
}
