using System.Text;

namespace MaskGen.ML.Cli.Hosting;

/// <summary>Stands for a stream that is closed.</summary>
internal sealed class ClosedWriter : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    /// <exception cref="IOException">Always.</exception>
    public override void Write(char value) => throw new IOException("it is closed");
}
