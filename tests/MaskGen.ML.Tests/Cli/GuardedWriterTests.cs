using System.Text;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Tests.Cli;

public class GuardedWriterTests
{
    [Fact]
    public void Write_StreamThatFails_IsNotTriedAgain()
    {
        var failing = new FailingWriter(new IOException("No space left."));
        using var writer = new GuardedWriter(failing, escapes: false);

        writer.WriteLine("one");
        writer.Write('2');
        writer.Flush();

        Assert.Equal(1, failing.Calls);
        Assert.Equal("No space left.", writer.Failure);
    }

    [Theory]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(ObjectDisposedException))]
    public void Write_ClosedStream_DoesNotThrow(Type error)
    {
        using var writer = new GuardedWriter(new FailingWriter((Exception)Activator.CreateInstance(error, "closed")!), escapes: false);

        writer.Write("text");

        Assert.NotNull(writer.Failure);
    }

    [Fact]
    public void Write_EveryWay_ReachesTheStreamInOrder()
    {
        using var inner = new StringWriter();
        using var writer = new GuardedWriter(inner, escapes: true);

        writer.Write('a');
        writer.Write("b\e");
        writer.Write(['c', 'd'], 0, 2);
        writer.Write("e".AsSpan());
        writer.WriteLine();
        writer.WriteLine("f");
        writer.Write("{0}", 7);

        Assert.Equal($@"ab\x1bcde{Environment.NewLine}f{Environment.NewLine}7", inner.ToString());
        Assert.Null(writer.Failure);
    }

    private sealed class FailingWriter(Exception error) : TextWriter
    {
        public int Calls { get; private set; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(string? value)
        {
            Calls++;
            throw error;
        }

        public override void Flush() => Calls++;
    }
}
