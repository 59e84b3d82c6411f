using System.Diagnostics;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Loads a saved stage in another process, where nothing of this one is left to help.</summary>
public class ChildProcess
{
    private const string ArgumentVariable = "MASKGEN_TEST_CHILD";

    /// <summary>The digest that another process makes with a saved model.</summary>
    internal static List<string> Digest(string modelPath, string data, IReadOnlyCollection<string> columns)
    {
        var outputPath = modelPath + ".digest";
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "MaskGen.ML.Tests.exe" : "MaskGen.ML.Tests"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-explicit", "only", "-method", $"{typeof(ChildProcess).FullName}.{nameof(Load_InAFreshProcess_GivesTheDigest)}"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[ArgumentVariable] = string.Join('\n', (string[])[modelPath, data, outputPath, .. columns]);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + error.Result);
        return [.. File.ReadAllLines(outputPath)];
    }

    /// <summary>Not a test by itself: what the other process does.</summary>
    [Fact(Explicit = true)]
    public void Load_InAFreshProcess_GivesTheDigest()
    {
        var arguments = Environment.GetEnvironmentVariable(ArgumentVariable)?.Split('\n');
        Assert.SkipWhen(arguments is null, "Run by another test only.");
        var ml = new MLContext();
        var model = ml.Model.Load(arguments[0], out _);
        File.WriteAllLines(arguments[2], ColumnDigest.Of(model.Transform(StageData.Create(ml, arguments[1])), arguments[3..]));
        (model as IDisposable)?.Dispose();
    }
}
