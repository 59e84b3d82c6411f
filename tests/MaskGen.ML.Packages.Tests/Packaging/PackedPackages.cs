using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>The packages of this repository, packed once for all tests, and projects that use them as a stranger would.</summary>
/// <remarks>
/// The projects take these packages from their folder into a folder of their own, and all others from where the tests have theirs: no
/// network is asked.
/// Not beside other tests: building takes every core.
/// </remarks>
[CollectionDefinition(nameof(PackedPackages), DisableParallelization = true)]
public sealed class PackedPackages : ICollectionFixture<PackedPackages>, IDisposable
{
    /// <summary>A project that asks for MaskGen.ML alone.</summary>
    public const string Core = "core";

    /// <summary>A project that asks for MaskGen.ML.Results, as README says.</summary>
    public const string Results = "results";

    /// <summary>A project that asks for MaskGen.ML.Runs.</summary>
    public const string Runs = "runs";

    /// <summary>A project that asks for MaskGen.ML.Runs.Hangfire.</summary>
    public const string Fleet = "fleet";

    /// <summary>ONNX Runtime's package for CUDA.</summary>
    public const string GpuPackage = "Microsoft.ML.OnnxRuntime.Gpu";

    private readonly TestFolder _folder = new();
    private readonly Lazy<(int ExitCode, string Output)> _tool;
    private readonly Dictionary<string, (int ExitCode, string Output)> _otherTools = [];
    private readonly string _configuration;

    public PackedPackages()
    {
        _configuration = typeof(PackedPackages).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        DotnetCommand.Run(Repository.Root(), "pack", "build/packages.slnf", "-c", _configuration, "-o", Folder);
        _tool = new(() => PackTools(OnlyLevel is { } level ? ["-p:IlcInstructionSet=" + level] : []));
        Version = Path.GetFileNameWithoutExtension(PathOf("MaskGen.ML.Results"))["MaskGen.ML.Results.".Length..];

        // Nothing of a folder above is to count.
        foreach (var name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
        {
            File.WriteAllText(_folder[name], "<Project />");
        }

        File.WriteAllText(_folder["nuget.config"], $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{_folder["packages"]}" /></config>
              <fallbackPackageFolders><clear /><add key="usual" value="{Metadata("NuGetPackageRoot")}" /></fallbackPackageFolders>
              <packageSources><clear /><add key="packed" value="{Folder}" /></packageSources>
            </configuration>
            """);
        AddProject(Core, "<TargetFrameworks>net8.0;net10.0</TargetFrameworks>", "MaskGen.ML");
        AddProject(Results, "<TargetFrameworks>net10.0</TargetFrameworks>", "MaskGen.ML.Results");
        AddProject(Runs, "<TargetFrameworks>net10.0</TargetFrameworks>", "MaskGen.ML.Runs");
        AddProject(Fleet, "<TargetFrameworks>net10.0</TargetFrameworks>", "MaskGen.ML.Runs.Hangfire");
        RestoreAll(Core, Results, Runs, Fleet);
    }

    /// <summary>The level of x86-64 that the tool is packed for alone, since native code takes minutes for each; null where it has the code
    /// for every processor, as what is released.</summary>
    public static string? OnlyLevel => LongTests.AreWanted ? null : ProcessorVariant.BestHere;

    /// <summary>Of all packages.</summary>
    public string Version { get; }

    /// <summary>Where the packages are.</summary>
    public string Folder => _folder["packed"];

    /// <summary>The file of a package.</summary>
    public string PathOf(string package) => Assert.Single(Directory.GetFiles(Folder, package + ".*.nupkg"), path =>
        char.IsAsciiDigit(Path.GetFileName(path)[package.Length + 1]));

    /// <summary>Packs the tool for this machine and installs it as README says. Skips the test where the SDK's packages for that cannot be
    /// had.</summary>
    /// <returns>The installed program.</returns>
    public string InstalledTool()
    {
        PackTool();
        return Installed("maskgen");
    }

    /// <summary>The same of the tools that are installed beside it.</summary>
    /// <param name="name">Of the tool.</param>
    public string InstalledOtherTool(string name)
    {
        if (!_otherTools.ContainsKey(name))
        {
            // Without ReadyToRun, which takes most of the time and is the SDK's.
            _otherTools[name] = PackTools("-p:PublishReadyToRun=false", "-p:Tools=" + name);
        }

        RequirePacked(_otherTools[name]);
        return Installed(name);
    }

    /// <summary>Packs the tool for this machine, once.</summary>
    public void PackTool() => RequirePacked(_tool.Value);

    /// <summary>All that a project restores for a framework: names and versions.</summary>
    public Dictionary<string, string> Restored(string project, string framework)
    {
        using var assets = Assets(project);
        return assets.RootElement.GetProperty("targets").GetProperty(framework).EnumerateObject()
            .ToDictionary(library => library.Name.Split('/')[0], library => library.Name.Split('/')[1], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The assemblies that a compiler of a project gets from packages.</summary>
    public List<string> CompileReferences(string project)
    {
        using var assets = Assets(project);
        var root = assets.RootElement;
        var folders = root.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToList();
        var files =
            from library in root.GetProperty("targets").GetProperty("net10.0").EnumerateObject()
            where library.Value.TryGetProperty("compile", out _)
            let path = root.GetProperty("libraries").GetProperty(library.Name).GetProperty("path").GetString()
            from file in library.Value.GetProperty("compile").EnumerateObject()
            where file.Name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            select folders.Select(folder => Path.Combine(folder, path, file.Name)).First(File.Exists);
        return [.. files];
    }

    /// <summary>Publishes a program of the direct API for this machine, and gives its path.</summary>
    /// <param name="name">Of the project.</param>
    /// <param name="properties">How to publish.</param>
    public string Publish(string name, string properties)
    {
        var runtime = RuntimeInformation.RuntimeIdentifier;
        properties = $"<TargetFramework>net10.0</TargetFramework><RuntimeIdentifier>{runtime}</RuntimeIdentifier>{properties}";

        // What publishing needs beside the packages: from where this machine has it or gets it.
        AddProject("tools", properties);
        File.WriteAllText(_folder["tools/nuget.config"], $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Metadata("NuGetPackageRoot")}" /></config>
              <packageSources><remove key="packed" /></packageSources>
            </configuration>
            """);
        var (exitCode, output) = DotnetCommand.Try(_folder["tools"], "restore");
        Assert.SkipWhen(exitCode != 0, $"The SDK's packages for publishing cannot be had here: {output}");

        AddProject(name, properties, "MaskGen.ML", "Microsoft.ML.OnnxRuntime");
        File.Copy(
            Path.Combine(Repository.Root(), "tests", "MaskGen.ML.Packages.Tests", "Packaging", "DirectUse.cs"),
            _folder[$"{name}/DirectUse.cs"]);
        File.WriteAllText(
            _folder[$"{name}/Program.cs"], "System.Console.WriteLine(MaskGen.ML.Packages.Tests.Packaging.DirectUse.Describe(args[0]));");
        (exitCode, output) = DotnetCommand.Try(_folder[name], "publish", "-c", "Release", "-o", _folder[$"{name}/out"]);
        Assert.SkipWhen(output.Contains("Platform linker", StringComparison.Ordinal), $"There is no linker for native code here: {output}");
        Assert.True(exitCode == 0, output);
        return Path.Combine(_folder.Path, name, "out", name + (OperatingSystem.IsWindows() ? ".exe" : string.Empty));
    }

    /// <summary>The version of it that the project is made for.</summary>
    public static string GpuVersion => Metadata(GpuPackage);

    /// <summary>Whether ONNX Runtime's package for CUDA is among those of this machine.</summary>
    public bool HasGpuPackage => Directory.Exists(
        Path.Combine(Metadata("NuGetPackageRoot"), GpuPackage.ToLowerInvariant(), GpuVersion));

    /// <summary>Builds a program that references ONNX Runtime's package for CUDA, and gives its path. The package comes from where this
    /// machine has it or gets it.</summary>
    public string BuildWithGpuPackage(string name, string program)
    {
        AddProject(
            name,
            $"<TargetFramework>net10.0</TargetFramework><RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>"
            + "<SelfContained>false</SelfContained>"
            + "<CreateHardLinksForCopyFilesToOutputDirectoryIfPossible>true"
            + "</CreateHardLinksForCopyFilesToOutputDirectoryIfPossible>",
            "MaskGen.ML",
            GpuPackage);
        File.WriteAllText(_folder[$"{name}/Program.cs"], program);
        if (!HasGpuPackage)
        {
            // Outside of the folder of the tests: with the sources that this machine has for everything else.
            using var elsewhere = new TestFolder();
            File.WriteAllText(elsewhere["gpu-package.csproj"], $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
                  <ItemGroup><PackageReference Include="{GpuPackage}" Version="{GpuVersion}" /></ItemGroup>
                </Project>
                """);
            DotnetCommand.Run(elsewhere.Path, "restore");
        }

        DotnetCommand.Run(_folder[name], "build", "-c", "Release", "-o", _folder[$"{name}/out"]);
        return Path.Combine(_folder.Path, name, "out", name + (OperatingSystem.IsWindows() ? ".exe" : string.Empty));
    }

    public void Dispose() => _folder.Dispose();


    // The build has analysed the sources.
    private (int ExitCode, string Output) PackTools(params string[] options) => DotnetCommand.Try(
        Repository.Root(), ["pack", "build/tool.proj", "-c", _configuration, "-o", Folder, "-p:RunAnalyzers=false", .. options]);

    private static void RequirePacked((int ExitCode, string Output) pack)
    {
        Assert.SkipWhen(
            pack.ExitCode != 0 && Regex.IsMatch(pack.Output, "NU1101|NU1102|NU1301"),
            $"The SDK's packages for packing cannot be had here: {pack.Output}");
        Assert.True(pack.ExitCode == 0, pack.Output);
    }

    private string Installed(string tool)
    {
        var folder = _folder[$"tools/{tool}"];
        var program = Path.Combine(folder, OperatingSystem.IsWindows() ? tool + ".exe" : tool);
        if (!File.Exists(program))
        {
            DotnetCommand.Run(_folder.Path, "tool", "install", tool, "--prerelease", "--source", Folder, "--tool-path", folder);
        }

        return program;
    }

    private static string Metadata(string key) =>
        typeof(PackedPackages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    private void AddProject(string name, string properties, params string[] packages)
    {
        string VersionOf(string package) => package.StartsWith("MaskGen", StringComparison.Ordinal) ? Version : Metadata(package);
        var references = packages.Select(package => $"""<PackageReference Include="{package}" Version="{VersionOf(package)}" />""");
        Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(_folder[$"{name}/{name}.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <InvariantGlobalization>true</InvariantGlobalization>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(references)}
              </ItemGroup>
            </Project>
            """);
    }

    // In one process, which takes hardly longer than for one project.
    private void RestoreAll(params string[] projects)
    {
        var files = string.Join(';', projects.Select(project => _folder[$"{project}/{project}.csproj"]));
        File.WriteAllText(_folder["all.proj"], $"""
            <Project>
              <Target Name="Restore">
                <MSBuild Projects="{files}" Targets="Restore" />
              </Target>
            </Project>
            """);
        DotnetCommand.Run(_folder.Path, "restore", "all.proj");
    }

    private JsonDocument Assets(string project) => JsonDocument.Parse(File.ReadAllText(_folder[$"{project}/obj/project.assets.json"]));
}
