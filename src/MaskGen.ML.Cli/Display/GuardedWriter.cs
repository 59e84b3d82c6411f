using System.Text;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Display;

/// <summary>A writer that does nothing any more once the stream behind it has failed, so that the work goes on.</summary>
/// <param name="inner">Where to.</param>
/// <param name="escapes">Whether control characters other than line ends are written out, see <see cref="PrintableText"/>.</param>
/// <remarks>Safe for concurrent use; a call is written in one piece.</remarks>
internal sealed class GuardedWriter(TextWriter inner, bool escapes) : TextWriter
{
    private readonly Lock _lock = new();

    /// <summary>Why the stream failed; null if it has not.</summary>
    public string? Failure { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Put([value]);

    public override void Write(char[] buffer, int index, int count) => Put(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Put(buffer);

    public override void Write(string? value) => Put(value);

    public override void WriteLine() => Put(Environment.NewLine);

    public override void WriteLine(string? value) => Put(value + Environment.NewLine);

    public override void Flush() => Guard(inner.Flush);

    private void Put(ReadOnlySpan<char> text)
    {
        var content = escapes ? PrintableText.EscapeLines(text.ToString()) : text.ToString();
        Guard(() => inner.Write(content));
    }

    private void Guard(Action action)
    {
        lock (_lock)
        {
            if (Failure is not null)
            {
                return;
            }

            try
            {
                action();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Failure = e.Message;
            }
        }
    }
}
