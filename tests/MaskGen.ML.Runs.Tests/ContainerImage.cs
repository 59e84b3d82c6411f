using System.Formats.Tar;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Runs.Tests;

/// <summary>The container image of <c>maskgen-run</c>, published by the SDK to a real registry, and Podman, which pulls and runs
/// it.</summary>
/// <remarks>Its base is made of this machine's .NET runtime and C library, since Microsoft's cannot be had without a network. As
/// Microsoft's smallest ones it has no shell, and starts as another user than root.</remarks>
public sealed class ContainerImage : IAsyncLifetime
{
    /// <summary>The user that it starts as, as Microsoft's do.</summary>
    internal const int User = 1654;

    private const string LibraryFolder = "usr/lib/x86_64-linux-gnu";

    private static readonly string[] Libraries =
    [
        "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libstdc++.so.6", "libgcc_s.so.1", "libz.so.1",
        "libssl.so.3", "libcrypto.so.3",
    ];

    private readonly TestFolder _folder = new();

    /// <summary>Makes the base and publishes the image on top of it.</summary>
    public async ValueTask InitializeAsync()
    {
        // The fixture of tests that are skipped.
        if (TestServers.Registry is { } registry)
        {
            await PublishAsync(registry, await PushBaseAsync(registry));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (TestServers.Registry is not null)
        {
            await SystemProgram.TryAsync("podman", [.. Podman, "rm", "--all", "--force", "--time=0"]);
            await SystemProgram.TryAsync("podman", [.. Podman, "rmi", "--all", "--force"]);
        }

        _folder.Dispose();
    }

    /// <summary>Runs a command of the image to its end, without a network.</summary>
    /// <param name="run">The images, which it sees in <c>/images</c>, and a folder, which is <c>/store</c>.</param>
    /// <param name="options">Of <c>podman run</c>.</param>
    /// <param name="arguments">Of the image.</param>
    internal Task<string> RunAsync(TestRun run, string[] options, params string[] arguments) =>
        SystemProgram.RunAsync("podman", RunArguments(run, options, arguments));

    /// <summary>Starts a command of the image.</summary>
    internal WorkerProgram Start(TestRun run, string name, params string[] arguments) =>
        WorkerProgram.StartOther("podman", [.. RunArguments(run, [$"--name={name}"], arguments)]);

    /// <summary>Stops a container: SIGTERM, and SIGKILL after the time that docs/runs.md gives it.</summary>
    internal Task StopAsync(string name) => PodmanAsync("stop", "--time=30", name);

    // Limits that need no privilege beyond those of a root in a virtual machine.
    private IEnumerable<string> RunArguments(TestRun run, string[] options, string[] arguments) =>
    [
        .. Podman, "run", "--rm", "--tls-verify=false", "--network=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096",
        $"--volume={run.Images}:/images:ro", $"--volume={run["store"]}:/store", .. options, $"{TestServers.Registry}/maskgen-run:latest",
        .. arguments,
    ];

    // With its images and containers in a folder of these tests.
    private string[] Podman => ["--root", _folder["podman/root"], "--runroot", _folder["podman/state"], "--runtime", "runc"];

    private Task<string> PodmanAsync(params string[] arguments) => SystemProgram.RunAsync("podman", [.. Podman, .. arguments]);

    // Where Microsoft's images have it: the runtime in /usr/share/dotnet, and in APP_UID the user, whom the SDK takes from there.
    private async Task<string> PushBaseAsync(string registry)
    {
        var root = Directory.CreateDirectory(_folder["base"]).FullName;
        var runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        var version = Path.GetFileName(runtime);
        await CopyAsync(Path.Combine(WorkerProgram.DotnetRoot, "dotnet"), "usr/share/dotnet/dotnet");
        await CopyAsync(Path.Combine(WorkerProgram.DotnetRoot, "host", "fxr", version), $"usr/share/dotnet/host/fxr/{version}");
        await CopyAsync(runtime, $"usr/share/dotnet/shared/Microsoft.NETCore.App/{version}");
        foreach (var library in Libraries)
        {
            await CopyAsync($"/{LibraryFolder}/{library}", $"{LibraryFolder}/{library}");
        }

        await CopyAsync("/lib64/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-x86-64.so.2");
        Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
        File.CreateSymbolicLink(Path.Combine(root, "usr/bin/dotnet"), "../share/dotnet/dotnet");
        File.CreateSymbolicLink(Path.Combine(root, "lib"), "usr/lib");
        File.CreateSymbolicLink(Path.Combine(root, "lib64"), "usr/lib64");
        OpenToAll(Path.Combine(root, "tmp"));
        var tar = _folder["base.tar"];
        await TarFile.CreateFromDirectoryAsync(root, tar, includeBaseDirectory: false, TestContext.Current.CancellationToken);
        string[] variables =
            ["PATH=/usr/bin", $"APP_UID={User}", "DOTNET_RUNNING_IN_CONTAINER=true", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true"];
        var name = $"{registry}/dotnet/runtime:{Environment.Version.ToString(2)}";
        await PodmanAsync(["import", .. variables.Select(variable => $"--change=ENV {variable}"), tar, name]);
        await PodmanAsync("push", "--tls-verify=false", name);
        return name;

        async Task CopyAsync(string source, string target)
        {
            var path = Path.Combine(root, target);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await SystemProgram.RunAsync("cp", ["--recursive", "--dereference", source, path]);
        }
    }

    /// <summary>Makes a folder that every user may write to.</summary>
    internal static void OpenToAll(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Directory.CreateDirectory(path).FullName, (UnixFileMode)0x1FF);
        }
    }

    // As docs/runs.md says, but for the base, in a folder of these tests, and with no process left that would hold the output open.
    private Task PublishAsync(string registry, string baseImage)
    {
        string[] documented =
        [
            "publish", Path.Combine(Repository.Root(), "src", "MaskGen.ML.Runs.Tool"), "-c", "Release", "-r", "linux-x64",
            "--self-contained", "false", "-t:PublishContainer", $"-p:ContainerRegistry={registry}",
        ];
        return SystemProgram.RunAsync(
            Path.Combine(WorkerProgram.DotnetRoot, "dotnet"),
            [
                .. documented, $"-p:ContainerBaseImage={baseImage}", "--artifacts-path", _folder["artifacts"], "--disable-build-servers",
                "-nodeReuse:false",
            ],
            new Dictionary<string, string> { ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry, ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" });
    }
}
