using System.Diagnostics;

namespace MaskGen.ML.Benchmarks;

/// <summary>A new process against a warm one, through the command line, <c>MaskGen.ML.Benchmarks startup [PROGRAM...]</c>: what
/// starting, loading and compiling cost whoever segments one image. Programs are compared side by side, round by round; without any it is
/// the one that was built.</summary>
internal static class StartUpBenchmark
{
    // The second and third image of a run find everything loaded and compiled.
    private const int Images = 3;

    private static readonly int Rounds = BenchmarkScale.Times(7);

    public static void Run(string[] programs)
    {
        var folder = Directory.CreateTempSubdirectory("maskgen-startup-");
        try
        {
            var images = Enumerable.Range(1, Images).Select(number => Path.Combine(folder.FullName, $"{number}.png")).ToArray();
            foreach (var image in images)
            {
                File.Copy(BenchmarkScale.Image, image);
            }

            programs = programs.Length > 0 ? programs : [Built()];
            var results = programs.Select(_ => new List<double>[] { [], [], [], [] }).ToArray();
            for (var round = 0; round < Rounds; round++)
            {
                for (var program = 0; program < programs.Length; program++)
                {
                    string[][] runs =
                    [
                        ["--help"],
                        ["prompt", images[0], "-p", "250,200", .. Common(folder)],
                        ["everything", images[0], .. Grid(), .. Common(folder)],
                        ["everything", .. images, .. Grid(), .. Common(folder)],
                    ];
                    for (var run = 0; run < runs.Length; run++)
                    {
                        results[program][run].Add(Seconds(programs[program], runs[run], folder.FullName));
                    }
                }
            }

            for (var program = 0; program < programs.Length; program++)
            {
                var best = results[program].Select(times => times.Min()).ToArray();
                var warm = (best[3] - best[2]) / (Images - 1);
                Console.WriteLine(programs[program]);
                Console.WriteLine($"  --help               {best[0]:0.00} s");
                Console.WriteLine($"  prompt               {best[1]:0.00} s");
                Console.WriteLine($"  everything, cold     {best[2]:0.00} s");
                Console.WriteLine($"  everything, warm     {warm:0.00} s an image");
                Console.WriteLine($"  cold against warm    {best[2] / warm:0.00} times");
            }

            Console.WriteLine(
                $"Least of {Rounds} rounds each; embedded model, still-life.png (960 x 640), masks.json and overlay written.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string[] Common(DirectoryInfo folder) => ["--quiet", "--model", "nano", "--out", Path.Combine(folder.FullName, "out")];

    private static string[] Grid() => BenchmarkScale.IsDryRun ? ["--points-per-side", "2"] : [];

    private static string Built()
    {
        // tests/MaskGen.ML.Benchmarks/bin/CONFIGURATION/net10.0/
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = folder.Parent!.Name;
        var root = folder.Parent.Parent!.Parent!.Parent!.Parent!.FullName;
        var name = OperatingSystem.IsWindows() ? "maskgen.exe" : "maskgen";
        return Path.Combine(root, "src", "MaskGen.ML.Cli", "bin", configuration, folder.Name, name);
    }

    private static double Seconds(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["XDG_CONFIG_HOME"] = folder;
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var seconds = watch.Elapsed.TotalSeconds;
        return process.ExitCode == 0
            ? seconds
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{error.Result}");
    }
}
