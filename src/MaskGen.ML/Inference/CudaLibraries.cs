using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Says why a CUDA device cannot be used, in terms of what to install: ONNX Runtime itself prints the cause and throws something
/// else.</summary>
internal static class CudaLibraries
{
    /// <summary>The package that a program references, and the version that there is of it.</summary>
    public const string Package = "Microsoft.ML.OnnxRuntime.Gpu";

    /// <summary>What the package is built for.</summary>
    public const string Needs = "CUDA 13 and cuDNN 9";

    private const string Provider = "CUDAExecutionProvider";
    private const string PackageVersion = "1.31.0";

    // What libonnxruntime_providers_cuda asks the system for, and where it comes from.
    private static readonly (string Linux, string Windows, string Part)[] Libraries =
    [
        ("libcuda.so.1", "nvcuda.dll", "NVIDIA's driver"),
        ("libcudart.so.13", "cudart64_13.dll", "CUDA 13"),
        ("libcublas.so.13", "cublas64_13.dll", "CUDA 13"),
        ("libcublasLt.so.13", "cublasLt64_13.dll", "CUDA 13"),
        ("libcurand.so.10", "curand64_10.dll", "CUDA 13"),
        ("libcudnn.so.9", "cudnn64_9.dll", "cuDNN 9"),
    ];

    /// <summary>What is missing and what to do, as sentences.</summary>
    public static string Advice()
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains(Provider))
        {
            return $"The program's ONNX Runtime is the one for the CPU: in the program, reference the package {Package} ({PackageVersion}, "
                + $"which needs {Needs}) instead of Microsoft.ML.OnnxRuntime.";
        }

        var missing = Missing(NativeLibrary.TryLoad);
        return missing.Count == 0
            ? $"{Package} is there, and {Needs} can be loaded: is there a device of that number, and a driver that is recent enough?"
            : $"Not found on this machine: {string.Join(", ", missing)}. {Package} {PackageVersion} needs {Needs}: install them where the "
                + $"system looks for libraries ({(OperatingSystem.IsWindows() ? "PATH" : "ldconfig, or LD_LIBRARY_PATH")}).";
    }

    /// <summary>The libraries that cannot be loaded, each with what it belongs to.</summary>
    /// <param name="load">Loads a library, as <see cref="NativeLibrary.TryLoad(string, out nint)"/> does.</param>
    internal static IReadOnlyList<string> Missing(LibraryLoader load)
    {
        var missing = new List<string>();
        foreach (var (linux, windows, part) in Libraries)
        {
            var name = OperatingSystem.IsWindows() ? windows : linux;
            if (load(name, out var handle))
            {
                NativeLibrary.Free(handle);
            }
            else
            {
                missing.Add($"{name} ({part})");
            }
        }

        return missing;
    }

    internal delegate bool LibraryLoader(string name, out nint handle);
}
