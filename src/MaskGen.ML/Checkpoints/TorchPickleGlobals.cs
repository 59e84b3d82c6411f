namespace MaskGen.ML.Checkpoints;

/// <summary>The names that a pickle may ask for: those that describe tensors are understood, all others become placeholders, and those that
/// only a pickle that means harm asks for are refused.</summary>
/// <remarks>The refusal is no line of defence, since nothing that a pickle names is ever looked up: it tells the reader of the message what
/// was tried with the file.</remarks>
internal static class TorchPickleGlobals
{
    private static readonly Dictionary<string, TorchGlobalReference> Understood = ((TorchGlobalReference[])
    [
        new(TorchGlobal.OrderedDict, "collections.OrderedDict"),
        new(TorchGlobal.RebuildTensor, "torch._utils._rebuild_tensor"),
        new(TorchGlobal.RebuildTensor, "torch._utils._rebuild_tensor_v2"),
        new(TorchGlobal.RebuildTensorOfType, "torch._utils._rebuild_tensor_v3"),
        new(TorchGlobal.RebuildParameter, "torch._utils._rebuild_parameter"),
        new(TorchGlobal.RebuildParameter, "torch._utils._rebuild_parameter_with_state"),
        new(TorchGlobal.RebuildFromType, "torch._tensor._rebuild_from_type_v2"),
        new(TorchGlobal.Size, "torch.Size"),
        new(TorchGlobal.DataType, "torch.float32", TensorElementType.Float32),
        new(TorchGlobal.DataType, "torch.float16", TensorElementType.Float16),
        new(TorchGlobal.DataType, "torch.bfloat16", TensorElementType.BFloat16),
        new(TorchGlobal.DataType, "torch.float64", TensorElementType.Float64),
        .. Storage("FloatStorage", TensorElementType.Float32, 4),
        .. Storage("HalfStorage", TensorElementType.Float16, 2),
        .. Storage("BFloat16Storage", TensorElementType.BFloat16, 2),
        .. Storage("DoubleStorage", TensorElementType.Float64, 8),

        // Their sizes are needed to find the storages behind them in a file of the older form.
        .. Storage("LongStorage", TensorElementType.Other, 8),
        .. Storage("IntStorage", TensorElementType.Other, 4),
        .. Storage("ShortStorage", TensorElementType.Other, 2),
        .. Storage("CharStorage", TensorElementType.Other, 1),
        .. Storage("ByteStorage", TensorElementType.Other, 1),
        .. Storage("BoolStorage", TensorElementType.Other, 1),
        .. Storage("ComplexFloatStorage", TensorElementType.Other, 8),
        .. Storage("ComplexDoubleStorage", TensorElementType.Other, 16),
        .. Storage("QInt8Storage", TensorElementType.Other, 1),
        .. Storage("QUInt8Storage", TensorElementType.Other, 1),
        .. Storage("QInt32Storage", TensorElementType.Other, 4),
        new(TorchGlobal.Storage, "torch.storage.UntypedStorage", TensorElementType.Other, 1),
        new(TorchGlobal.Storage, "torch.UntypedStorage", TensorElementType.Other, 1),
    ]).ToDictionary(g => g.Name);

    // Modules that run programs, load code or reach the system; wherever they appear in a name, since 'torch.serialization.os.system' is
    // os.system as well.
    private static readonly HashSet<string> DangerousModules =
    [
        "os", "posix", "nt", "subprocess", "_posixsubprocess", "sys", "ctypes", "_ctypes", "importlib", "_frozen_importlib", "runpy", "pty",
        "shutil", "socket", "_socket", "marshal",
    ];

    // The same, but words that programs use for modules of their own, too.
    private static readonly HashSet<string> DangerousPackages =
    [
        "imp", "code", "codeop", "commands", "popen2", "pdb", "bdb", "timeit", "profile", "cProfile", "trace", "doctest", "pydoc",
        "webbrowser", "urllib", "urllib2", "http", "httplib", "ftplib", "smtplib", "telnetlib", "requests", "asyncio", "pip",
        "pickle", "_pickle", "cPickle", "zipimport", "pkgutil", "tempfile", "fileinput",
    ];

    private static readonly HashSet<string> DangerousBuiltins =
    [
        "eval", "exec", "execfile", "compile", "__import__", "open", "file", "input", "raw_input", "breakpoint", "exit", "quit", "globals",
        "locals", "vars", "setattr", "delattr", "apply", "reload", "help",
    ];

    private static readonly HashSet<string> DangerousNames =
    [
        "io.open", "io.open_code", "io.FileIO", "_io.open", "_io.open_code", "_io.FileIO", "codecs.open",
        "types.CodeType", "types.FunctionType", "torch.load", "torch.serialization.load", "torch.jit.load", "torch.hub.load",
        "torch.hub.download_url_to_file", "torch.utils.cpp_extension.load", "torch.utils.cpp_extension.load_inline",
        "dill.load", "dill.loads", "dill._dill.load", "dill._dill.loads", "cloudpickle.load", "cloudpickle.loads", "joblib.load",
        "numpy.load", "numpy.testing._private.utils.runstring", "platform.popen", "distutils.spawn.spawn",
        "multiprocessing.util.spawnv_passfds", "operator.methodcaller", "_operator.methodcaller",
    ];

    /// <summary>What a name stands for.</summary>
    public static TorchGlobalReference Find(string module, string name)
    {
        var whole = $"{module}.{name}";
        return Understood.GetValueOrDefault(whole) ?? new TorchGlobalReference(TorchGlobal.Other, whole);
    }

    /// <summary>Whether a name runs code, or reaches files or the network, when it is called.</summary>
    public static bool IsDangerous(string module, string name)
    {
        var parts = $"{module}.{name}".Split('.');
        return parts.Any(DangerousModules.Contains)
            || DangerousPackages.Contains(parts[0])
            || (parts[0] is "builtins" or "__builtin__" or "__builtins__" && parts.Skip(1).Any(DangerousBuiltins.Contains))
            || DangerousNames.Contains($"{module}.{name}");
    }

    /// <summary>Whether what a name makes is a tensor, of a kind that is not read.</summary>
    public static bool MakesTensor(string name) =>
        name.StartsWith("torch.", StringComparison.Ordinal) && name.Contains("._rebuild_", StringComparison.Ordinal);

    /// <summary>Whether what a name makes is an array of NumPy, which some exports have in the place of tensors.</summary>
    public static bool MakesArray(string name) => name is "numpy.core.multiarray._reconstruct" or "numpy._core.multiarray._reconstruct";

    // Old files name the storages of a GPU by modules of their own.
    private static TorchGlobalReference[] Storage(string name, TensorElementType type, int size) =>
        [new(TorchGlobal.Storage, "torch." + name, type, size), new(TorchGlobal.Storage, "torch.cuda." + name, type, size)];
}
