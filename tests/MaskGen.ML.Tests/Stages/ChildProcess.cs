using System.Diagnostics;
using System.Globalization;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.OnnxGraph;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Runs steps in another process, where nothing of this one is left to help or to disturb.</summary>
public class ChildProcess
{
    private const string ArgumentVariable = "MASKGEN_TEST_CHILD";

    /// <summary>The digest that another process makes with a saved model.</summary>
    internal static List<string> Digest(string modelPath, string data, IEnumerable<string> columns) =>
        Run(nameof(Load_InAFreshProcess_GivesTheDigest), [modelPath, data, .. columns]);

    /// <summary>Runs one of the steps below and returns the lines that it gives.</summary>
    internal static List<string> Run(string step, params IEnumerable<string> arguments) => Run(step, arguments, _ => { }).Lines;

    /// <summary>The same in an environment of its own, and with what the process wrote to standard error.</summary>
    internal static (List<string> Lines, string Error) Run(
        string step, IEnumerable<string> arguments, Action<IDictionary<string, string?>> setEnvironment)
    {
        var outputPath = Path.GetTempFileName();
        var start = new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, typeof(ChildProcess).Assembly.GetName().Name
                + (OperatingSystem.IsWindows() ? ".exe" : string.Empty)))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-explicit", "only", "-method", $"{typeof(ChildProcess).FullName}.{step}"])
        {
            start.ArgumentList.Add(argument);
        }

        setEnvironment(start.Environment);
        start.Environment[ArgumentVariable] = string.Join('\n', (string[])[outputPath, .. arguments]);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + error.Result);
        var lines = File.ReadAllLines(outputPath).ToList();
        File.Delete(outputPath);
        return (lines, error.Result);
    }

    // Not tests by themselves: what the other process does.
    [Fact(Explicit = true)]
    public void Load_InAFreshProcess_GivesTheDigest() => Answer(arguments =>
    {
        var ml = new MLContext();
        var model = ml.Model.Load(arguments[0], out _);
        var digest = ColumnDigest.Of(model.Transform(StageData.Create(ml, arguments[1])), arguments[2..]);
        (model as IDisposable)?.Dispose();
        return digest;
    });

    /// <summary>Managed heap after a collection and resident bytes after the tenth row and after the last, then the number of sessions
    /// made.</summary>
    [Fact(Explicit = true)]
    public void Transform_ManyRows_GivesTheMemory() => Answer(arguments =>
    {
        const int Rows = 200;
        var ml = new MLContext();
        var data = StageData.Images(ml, Enumerable.Repeat(arguments[0], Rows));
        using var model = ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions).Fit(data);
        var view = model.Transform(data);
        var columns = view.Schema.Where(column => column.Name.StartsWith("Masks", StringComparison.Ordinal))
            .Select(column => column.Name).ToList();
        using var cursor = view.GetRowCursor(view.Schema);
        var read = ColumnDigest.Reader(cursor, columns);
        var answer = new List<string>();
        while (cursor.MoveNext())
        {
            read();
            if (cursor.Position is 9 or Rows - 1)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                GC.Collect();
                var heap = GC.GetGCMemoryInfo(GCKind.FullBlocking);
                answer.Add((heap.HeapSizeBytes - heap.FragmentedBytes).ToString(CultureInfo.InvariantCulture));
                answer.Add(Environment.WorkingSet.ToString(CultureInfo.InvariantCulture));
            }
        }

        answer.Add(model.SessionCount.ToString(CultureInfo.InvariantCulture));
        answer.Add(model.ComputedRows.ToString(CultureInfo.InvariantCulture));
        return answer;
    });

    /// <summary>Makes masks after setting variables for managed code, and gives what native code sees of one.</summary>
    [Fact(Explicit = true)]
    public void Generate_WithVariables_GivesOneAsNativeCodeSeesIt() => Answer(arguments =>
    {
        foreach (var variable in arguments[1..])
        {
            Environment.SetEnvironmentVariable(variable.Split('=')[0], variable.Split('=')[1]);
        }

        using var generator = new AutomaticMaskGenerator(new() { PointsPerSide = 2 });
        generator.Generate(RgbImage.Load(Fixture.Path("images/scene.png")));
        var value = OperatingSystem.IsWindows()
            ? Environment.GetEnvironmentVariable(arguments[0])
            : NativeEnvironment.GetOnUnix(arguments[0]);
        return [value!];
    });

    /// <summary>Makes ONNX Runtime refuse a graph, fail a run and miss a GPU, and gives what the exceptions say.</summary>
    [Fact(Explicit = true)]
    public void Fail_InSeveralWays_GivesTheMessages() => Answer(_ =>
    {
        using var none = new FormulaCheckpoint(new Dictionary<string, TensorDescription>());
        var builder = new GraphBuilder("product");
        builder.Output(builder.MatMul(builder.Input("a", "n", "m"), builder.Input("b", "m", "k")), "c", "n", "k");
        using var session = new OnnxSession(builder.Build(), none, new Sam2SessionOptions());
        var wrong = new GraphBuilder("wrong");
        wrong.Output(wrong.MatMul(wrong.Input("a", 2, 3), wrong.Input("b", 4, 5)), "c", 2, 5);
        return
        [
            Message(() => new OnnxSession(wrong.Build(), none, new Sam2SessionOptions()).Dispose()),
            Message(() =>
            {
                using var a = OnnxSession.Tensor(new float[6], 2, 3);
                using var b = OnnxSession.Tensor(new float[20], 4, 5);
                using var c = OnnxSession.Tensor(new float[10], 2, 5);
                session.Run(["a", "b"], [a, b], ["c"], [c], TestContext.Current.CancellationToken);
            }),
            Message(() => new OnnxSession(builder.Build(), none, new Sam2SessionOptions { GpuDeviceId = 0 }).Dispose()),
        ];

        static string Message(Action action) => Assert.ThrowsAny<InvalidOperationException>(action).Message;
    });

    private static void Answer(Func<string[], IEnumerable<string>> step)
    {
        var arguments = Environment.GetEnvironmentVariable(ArgumentVariable)?.Split('\n');
        Assert.SkipWhen(arguments is null, "Run by another test only.");
        File.WriteAllLines(arguments[0], step(arguments[1..]));
    }
}
