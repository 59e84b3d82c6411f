using System.Runtime.InteropServices;

namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>A program that references ONNX Runtime's package for CUDA, on a machine that has no GPU.</summary>
/// <remarks>The package is half a gigabyte, so it is only used where it is there already or where it is asked for:
/// <c>MASKGEN_GPU_PACKAGE=required</c>, as .ci/run sets it. It is linked and not copied where that can be.</remarks>
[Collection(nameof(PackedPackages))]
public class GpuPackageTests(PackedPackages packages)
{
    private const string Program = """
        using MaskGen.ML;

        try
        {
            using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions
            {
                PointsPerSide = 1,
                Session = new Sam2SessionOptions { GpuDeviceId = 0, FallbackToCpu = args[1] == "fallback" },
            });
            var masks = generator.Generate(RgbImage.Load(args[0]));
            Console.WriteLine($"{generator.Device}: {generator.Device.FallbackReason}");
        }
        catch (InvalidOperationException e)
        {
            Console.WriteLine(e.Message);
        }
        """;

    [Fact]
    public void GpuPackage_WithoutAGpu_RestoresBuildsAndFallsBackOrSaysWhatIsMissing()
    {
        Assert.SkipUnless(
            packages.HasGpuPackage || Environment.GetEnvironmentVariable("MASKGEN_GPU_PACKAGE") == "required",
            "The package Microsoft.ML.OnnxRuntime.Gpu is large and not here; MASKGEN_GPU_PACKAGE=required fetches it.");
        Assert.SkipUnless(
            (OperatingSystem.IsLinux() || OperatingSystem.IsWindows()) && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "The package is for Linux and Windows on x64.");
        Assert.SkipWhen(NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out _), "There is a GPU here.");
        var path = packages.BuildWithGpuPackage("gpu", Program);
        var image = Fixture.Path("images/scene.png");

        var fallen = DotnetCommand.RunProgram(path, image, "fallback");
        var failed = DotnetCommand.RunProgram(path, image, "fail");

        Assert.StartsWith("CPU: CUDA device 0 was asked for, but ONNX Runtime cannot use it: ", fallen, StringComparison.Ordinal);
        foreach (var output in new[] { fallen, failed })
        {
            Assert.Contains("Not found on this machine: ", output, StringComparison.Ordinal);
            Assert.Contains(
                OperatingSystem.IsWindows() ? "cublasLt64_13.dll (CUDA 13)" : "libcublasLt.so.13 (CUDA 13)",
                output,
                StringComparison.Ordinal);
            Assert.Contains(
                OperatingSystem.IsWindows() ? "cudnn64_9.dll (cuDNN 9)" : "libcudnn.so.9 (cuDNN 9)", output, StringComparison.Ordinal);
            Assert.Contains(
                $"{PackedPackages.GpuPackage} {PackedPackages.GpuVersion} needs CUDA 13 and cuDNN 9", output, StringComparison.Ordinal);
            Assert.DoesNotContain("OnnxRuntimeFlavor", output, StringComparison.Ordinal);
        }

        // ONNX Runtime prints what it cannot load, in colours, unless it is told not to.
        Assert.Single(failed.Trim().Split('\n'));
        Assert.Contains("allow the fallback (FallbackToCpu, --fallback-to-cpu).", failed, StringComparison.Ordinal);
    }
}
