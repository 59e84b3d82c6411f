using MaskGen.ML.Inference;
using MaskGen.ML.Tests.Stages;

namespace MaskGen.ML.Tests.Inference;

public sealed class OnnxRuntimeLibraryTests : IDisposable
{
    // Under any of these ONNX Runtime keeps quiet by itself, and the test would show nothing.
    private static readonly string[] OtherSwitches =
    [
        OnnxRuntimeLibrary.TelemetryVariable, "ORT_RUNNING_UNIT_TESTS", "XDG_CACHE_HOME", "CI", "TF_BUILD", "GITHUB_ACTIONS", "GITLAB_CI",
        "CIRCLECI",
        "TRAVIS", "JENKINS_URL", "CODEBUILD_BUILD_ID", "BUILDKITE", "TEAMCITY_VERSION", "APPVEYOR", "BITBUCKET_BUILD_NUMBER",
        "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
    ];

    private readonly TestFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Start_NothingAskedFor_LeavesNoTraceOfTelemetry()
    {
        Assert.Equal("1", Generate([], []));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_home.Path, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    [InlineData("true")]
    public void Start_VariableSetByTheUser_KeepsIt(string value)
    {
        Assert.SkipWhen(value.Length == 0 && OperatingSystem.IsWindows(), "There is no empty variable there.");

        // Nothing is sent all the same: ONNX Runtime takes this for a build server.
        Assert.Equal(value, Generate([], [(OnnxRuntimeLibrary.TelemetryVariable, value), ("CI", "1")]));
    }

    [Fact]
    public void Start_VariableSetByTheProgram_ReachesNativeCode() =>
        Assert.Equal("0", Generate([$"{OnnxRuntimeLibrary.TelemetryVariable}=0"], [("CI", "1")]));

    [Fact]
    public void Explain_NoNativeLibrary_NamesThePackage()
    {
        // ONNX Runtime looks for it in a static constructor.
        var error = new TypeInitializationException("Microsoft.ML.OnnxRuntime.NativeMethods", new DllNotFoundException("onnxruntime"));

        Assert.Contains("package Microsoft.ML.OnnxRuntime ", OnnxRuntimeLibrary.Explain(error)!.Message, StringComparison.Ordinal);
        Assert.Contains("version 1.31 or later", OnnxRuntimeLibrary.Explain(error.InnerException!)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_NativeLibraryThatDoesNotFit_SaysWhy()
    {
        var error = new TypeInitializationException(
            "Microsoft.ML.OnnxRuntime.NativeMethods",
            new NotSupportedException("The native ONNX Runtime library does not support API version 40."));

        Assert.Contains(
            "does not support API version 40. Reference the package", OnnxRuntimeLibrary.Explain(error)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_AnythingElse_IsNotExplained() =>
        Assert.Null(OnnxRuntimeLibrary.Explain(new InvalidOperationException("other", new IOException())));

    [Theory]
    [InlineData("1.30.1")]
    [InlineData("1.9.0")]
    [InlineData("0.99.0")]
    [InlineData("")]
    [InlineData("unknown")]
    public void ThrowIfTooOld_OlderVersions_NamesBoth(string version)
    {
        var error = Assert.Throws<InvalidOperationException>(() => OnnxRuntimeLibrary.ThrowIfTooOld(version));

        Assert.Contains($"is version {version}; expected 1.31 or later", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.31.0")]
    [InlineData("1.31.1")]
    [InlineData("1.100.0-dev+3")]
    [InlineData("2.0")]
    public void ThrowIfTooOld_NewEnough_IsFine(string version) => OnnxRuntimeLibrary.ThrowIfTooOld(version);

    [Fact]
    public void ThrowIfOther_TwoLibraries_NamesBoth()
    {
        OnnxRuntimeLibrary.ThrowIfOther("1.31.1", "1.31.1");
        var error = Assert.Throws<InvalidOperationException>(() => OnnxRuntimeLibrary.ThrowIfOther("1.31.1", "1.32.0"));

        Assert.Contains("1.31.1 and 1.32.0", error.Message, StringComparison.Ordinal);
    }

    private string Generate(string[] managedVariables, (string Name, string Value)[] variables)
    {
        var (lines, _) = ChildProcess.Run(
            nameof(ChildProcess.Generate_WithVariables_GivesOneAsNativeCodeSeesIt),
            [OnnxRuntimeLibrary.TelemetryVariable, .. managedVariables],
            environment =>
            {
                Array.ForEach(OtherSwitches, name => environment.Remove(name));
                environment["HOME"] = _home.Path;
                environment["USERPROFILE"] = _home.Path;
                foreach (var (name, value) in variables)
                {
                    environment[name] = value;
                }
            });
        return Assert.Single(lines);
    }
}
