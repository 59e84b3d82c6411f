using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>Adds execution providers to ONNX Runtime's options by name.</summary>
internal static class ExecutionProviders
{
    private const string Ending = "ExecutionProvider";
    private const string Cpu = "CPU";

    // How ONNX Runtime calls those in its list of what a build has, where that is not the name alone, and the package that has them.
    private static readonly (string Name, string Listed, string? Package)[] Known =
    [
        (Cpu, Cpu, null),
        ("CUDA", "CUDA", "Microsoft.ML.OnnxRuntime.Gpu"),
        ("TensorRT", "Tensorrt", "Microsoft.ML.OnnxRuntime.Gpu"),
        ("DirectML", "Dml", "Microsoft.ML.OnnxRuntime.DirectML"),
        ("OpenVINO", "OpenVINO", "Intel.ML.OnnxRuntime.OpenVino"),
        ("CoreML", "CoreML", "Microsoft.ML.OnnxRuntime (on macOS)"),
        ("ROCm", "ROCM", null),
        ("MIGraphX", "MIGraphX", null),
        ("XNNPACK", "Xnnpack", null),
        ("QNN", "QNN", "Microsoft.ML.OnnxRuntime.QNN"),
    ];

    /// <summary>Whether a provider is the CPU, which every session has anyway.</summary>
    public static bool IsCpu(Sam2ExecutionProvider provider) => NameOf(provider) == Cpu;

    /// <summary>The name of a provider as messages have it.</summary>
    public static string NameOf(Sam2ExecutionProvider provider)
    {
        var name = WithoutEnding(provider.Name);
        return Find(name)?.Name ?? name;
    }

    /// <summary>Adds a provider.</summary>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime cannot use it.</exception>
    /// <exception cref="EntryPointNotFoundException">This build of ONNX Runtime does not have it.</exception>
    public static void Append(SessionOptions options, Sam2ExecutionProvider provider)
    {
        var values = provider.Options.ToDictionary();
        switch (NameOf(provider))
        {
            case "CUDA":
                using (var cuda = new OrtCUDAProviderOptions())
                {
                    cuda.UpdateOptions(values);
                    options.AppendExecutionProvider_CUDA(cuda);
                }

                break;
            case "TensorRT":
                using (var tensorRt = new OrtTensorRTProviderOptions())
                {
                    tensorRt.UpdateOptions(values);
                    options.AppendExecutionProvider_Tensorrt(tensorRt);
                }

                break;
            case "ROCm":
                using (var rocm = new OrtROCMProviderOptions())
                {
                    rocm.UpdateOptions(values);
                    options.AppendExecutionProvider_ROCm(rocm);
                }

                break;
            case "MIGraphX" when IsDeviceAlone(values, out var device):
                options.AppendExecutionProvider_MIGraphX(device);
                break;
            case "DirectML" when IsDeviceAlone(values, out var device):
                // It allows neither, and says so only where a session is made.
                options.EnableMemoryPattern = false;
                options.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
                options.AppendExecutionProvider_DML(device);
                break;
            case "DirectML":
                options.EnableMemoryPattern = false;
                options.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
                options.AppendExecutionProvider("DML", values);
                break;
            case var name:
                options.AppendExecutionProvider(name, values);
                break;
        }
    }

    /// <summary>What to do where a provider cannot be used.</summary>
    public static string Advice(Sam2ExecutionProvider provider)
    {
        var name = NameOf(provider);
        var available = OrtEnv.Instance().GetAvailableProviders();
        var has = string.Join(", ", available.Select(WithoutEnding));
        var known = Find(name);
        if (available.Any(listed => string.Equals(WithoutEnding(listed), known?.Listed ?? name, StringComparison.OrdinalIgnoreCase)))
        {
            return $"The program's ONNX Runtime has {name}: look at the options given, and at what it needs on this machine.";
        }

        return known is null
            ? $"Expected one of those that the program's ONNX Runtime has: {has}."
            : $"The program's ONNX Runtime has {has}. Reference the package or build of ONNX Runtime that has {name}"
                + $"{(known.Value.Package is { } package ? $" ({package})" : string.Empty)} instead of Microsoft.ML.OnnxRuntime.";
    }

    private static (string Name, string Listed, string? Package)? Find(string name)
    {
        foreach (var known in Known)
        {
            if (string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase)
                || string.Equals(known.Listed, name, StringComparison.OrdinalIgnoreCase))
            {
                return known;
            }
        }

        return null;
    }

    private static bool IsDeviceAlone(Dictionary<string, string> options, out int device)
    {
        device = 0;
        return options.Count == 0 || (options.Count == 1 && options.TryGetValue("device_id", out var text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out device));
    }

    private static string WithoutEnding(string name) =>
        name.EndsWith(Ending, StringComparison.OrdinalIgnoreCase) && name.Length > Ending.Length ? name[..^Ending.Length] : name;
}
