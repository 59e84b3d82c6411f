using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>ONNX Runtime's native library: found, recent enough, and with telemetry off. Every session is made after this.</summary>
internal static partial class OnnxRuntimeLibrary
{
    /// <summary>The variable that turns ONNX Runtime's telemetry off.</summary>
    public const string TelemetryVariable = "ORT_DISABLE_TELEMETRY";

    // The managed half asks for this version of the native API.
    private static readonly Version OldestVersion = new(1, 31, 0);

    // What our own calls need; see OnnxApi.
    private const uint ApiVersion = 23;

    private static readonly object Gate = new();
    private static bool? _isTelemetryOff;
    private static volatile nint _functions;
    private static volatile Thread? _starting;

    /// <summary>The table of the library's functions, struct OrtApi of onnxruntime_c_api.h. The first call makes the library
    /// ready.</summary>
    /// <exception cref="InvalidOperationException">It is missing, too old, or does not fit its managed half.</exception>
    public static unsafe void** Functions
    {
        get
        {
            if (_functions == 0)
            {
                Start();
            }

            return (void**)_functions;
        }
    }

    /// <summary>Makes the library ready; does nothing the next time.</summary>
    /// <exception cref="InvalidOperationException">As for <see cref="Functions"/>.</exception>
    public static void Start()
    {
        lock (Gate)
        {
            if (_functions != 0)
            {
                return;
            }

            // Before the library is loaded: it looks once.
            _isTelemetryOff ??= NativeEnvironment.SetUnlessSet(TelemetryVariable, "1");
            try
            {
                _functions = Load(_isTelemetryOff.Value);
            }
            catch (Exception e) when (Explain(e) is { } explained)
            {
                throw explained;
            }
        }
    }

    /// <summary>Begins to make the library ready on another thread, for a program that will need it: loading it takes as long as decoding
    /// an image. Throws nothing; whoever needs the library is told what is wrong with it. Such a program must not end before
    /// <see cref="EndStart"/>.</summary>
    public static void BeginStart()
    {
        lock (Gate)
        {
            // Here and now: changing the environment while native code on another thread reads it is not safe.
            _isTelemetryOff ??= NativeEnvironment.SetUnlessSet(TelemetryVariable, "1");
        }

        var starting = new Thread(() =>
        {
            try
            {
                Start();
            }
            catch (Exception e) when (e is InvalidOperationException or OnnxRuntimeException)
            {
                // The next one who asks gets it.
            }
        }) { IsBackground = true };
        _starting = starting;
        starting.Start();
    }

    /// <summary>Waits for what <see cref="BeginStart"/> began. A process that ends while a native library is being loaded tears down what
    /// that is just building, and crashes.</summary>
    public static void EndStart() => _starting?.Join();

    /// <summary>What to do where ONNX Runtime cannot be used at all; null for any other error.</summary>
    /// <remarks>The library references the managed half alone, so that a program chooses between CPU and GPU.</remarks>
    internal static InvalidOperationException? Explain(Exception e) => e switch
    {
        DllNotFoundException or { InnerException: DllNotFoundException } => new InvalidOperationException(
            "ONNX Runtime's native library was not found. Reference the package Microsoft.ML.OnnxRuntime in the program, version "
            + $"{OldestVersion.ToString(2)} or later, or Microsoft.ML.OnnxRuntime.Gpu to run on a GPU.",
            e),
        EntryPointNotFoundException or BadImageFormatException or TypeInitializationException => new InvalidOperationException(
            "ONNX Runtime's native library does not fit Microsoft.ML.OnnxRuntime.Managed "
            + $"{typeof(OrtEnv).Assembly.GetName().Version?.ToString(3)}: {(e.InnerException ?? e).Message} Reference the package "
            + "Microsoft.ML.OnnxRuntime, or Microsoft.ML.OnnxRuntime.Gpu, in that version.",
            e),
        _ => null,
    };

    /// <summary>Refuses a native library that lacks functions in use.</summary>
    internal static void ThrowIfTooOld(string version)
    {
        // A custom build may append to the number ("1.32.0-dev").
        var number = new string([.. version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]).Trim('.');
        if (!System.Version.TryParse(number, out var parsed) || parsed < OldestVersion)
        {
            throw TooOld(version);
        }
    }

    /// <summary>Refuses two copies of the native library in one process: what one makes the other must not touch.</summary>
    internal static void ThrowIfOther(string version, string managedVersion)
    {
        if (version != managedVersion)
        {
            throw new InvalidOperationException(
                $"Two native libraries of ONNX Runtime were found, versions {version} and {managedVersion}. Leave one of them where the "
                + "program finds it.");
        }
    }

    private static unsafe nint Load(bool isTelemetryOff)
    {
        var version = Version();
        ThrowIfTooOld(version);
        var functions = ((delegate* unmanaged<uint, nint>)OrtGetApiBase()->GetApi)(ApiVersion);
        if (functions == 0)
        {
            throw TooOld(version);
        }

        var environment = OrtEnv.Instance();
        ThrowIfOther(version, environment.GetVersionString());
        if (isTelemetryOff)
        {
            // Where events go to the system instead (Windows), the variable means nothing.
            environment.DisableTelemetryEvents();
        }

        return functions;
    }

    private static InvalidOperationException TooOld(string version) =>
        new($"ONNX Runtime's native library is version {version}; expected {OldestVersion.ToString(2)} or later. Reference the package "
            + $"Microsoft.ML.OnnxRuntime {OldestVersion.ToString(2)} or later in the program, or Microsoft.ML.OnnxRuntime.Gpu to run on a "
            + "GPU.");

    private static unsafe string Version() =>
        Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)OrtGetApiBase()->GetVersionString)()) ?? string.Empty;

    [LibraryImport("onnxruntime")]
    private static unsafe partial ApiBase* OrtGetApiBase();

    [StructLayout(LayoutKind.Sequential)]
    private struct ApiBase
    {
        public nint GetApi;
        public nint GetVersionString;
    }
}
