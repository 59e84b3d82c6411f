using System.CommandLine;

namespace MaskGen.ML.Runs.Tool;

/// <summary>The run that a command is about.</summary>
internal static class RunArgument
{
    private const string Where = "a folder that every machine sees, or s3://bucket/prefix";

    /// <summary>One that is there.</summary>
    public static Argument<string> Existing() => new("RUN") { Description = $"The run: {Where}" };

    /// <summary>One to make.</summary>
    public static Option<string> New() => new("--run")
    {
        Description = $"Where the run is kept: {Where}", HelpName = "RUN", Required = true,
    };
}
