using System.Text.RegularExpressions;

namespace MaskGen.ML.Inference;

/// <summary>Makes exceptions of ONNX Runtime's errors: its own type is not part of our API, and its texts have several lines.</summary>
internal static partial class OnnxErrors
{
    /// <param name="message">ONNX Runtime's text.</param>
    /// <param name="innerException">The exception that brought it, if one did.</param>
    public static InvalidOperationException Failed(string message, Exception? innerException = null) =>
        new(
            IsOutOfMemory(message)
                ? $"There is not enough memory. ONNX Runtime failed: {Sentence(message)}"
                : $"ONNX Runtime failed: {Sentence(message)}",
            innerException);

    /// <summary>Whether a text says that memory does not suffice.</summary>
    public static bool IsOutOfMemory(string message) => OutOfMemory().IsMatch(message);

    /// <summary>A text on one line, with a full stop at its end.</summary>
    public static string Sentence(string message) => OneLine(message) is var text && text.EndsWith('.') ? text : $"{text}.";

    public static string OneLine(string message) => Whitespace().Replace(message.Trim(), " ");

    // Of the C++ library, of ONNX Runtime's allocators, and of CUDA.
    [GeneratedRegex("bad[_ ]alloc|failed to allocate memory|not enough memory|out of memory", RegexOptions.IgnoreCase)]
    private static partial Regex OutOfMemory();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
