using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Serve;

internal static class Program
{
    private static int Main(string[] args)
    {
        // As in maskgen itself: the first signal ends the server in order, the second at once.
        using var interruption = new Interruption(Interruption.TimeToEnd, ProcessEnd.AtOnce);
        interruption.Listen();
        StandardStreams.Reserve();
        var terminal = new Terminal(StandardStreams.Output(), StandardStreams.Error());
        return interruption.Run(token => ServeCommandLine.RunAsync(args, terminal, UserEnvironment.OfThisProcess(), token));
    }
}
