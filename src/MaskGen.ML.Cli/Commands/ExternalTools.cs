using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Cli.Commands;

/// <summary>A tool of its own that belongs to this one.</summary>
/// <param name="Name">The word after <c>maskgen</c>.</param>
/// <param name="Package">The package that has it.</param>
/// <param name="Purpose">What it does, to follow its name in a sentence.</param>
internal sealed record ExternalTool(string Name, string Package, string Purpose);

/// <summary>Finds <c>maskgen-NAME</c> for <c>maskgen NAME</c>: whatever would make this program large or slow to start, and whatever others
/// write.</summary>
internal static class ExternalTools
{
    private const string Prefix = "maskgen-";

    /// <summary>The tools that are published: what is listed here can be installed.</summary>
    public static IReadOnlyList<ExternalTool> Published { get; } =
    [
        new("serve", "maskgen-serve", "opens a page in the browser to click on things in images"),
        new("run", "maskgen-run", "spreads very many images over machines"),
        new("fleet", "maskgen-fleet", "spreads them by a queue in PostgreSQL"),
    ];

    private static string[] Extensions => OperatingSystem.IsWindows() ? [".exe", ".cmd"] : [string.Empty];

    /// <summary>Looks for a tool in the folders of <c>PATH</c>, in that of .NET's global tools, and beside this program.</summary>
    /// <param name="name">Letters, digits and hyphens.</param>
    /// <param name="environment">Says where these are.</param>
    /// <returns>The file; null where there is none. One that may not be started counts only where there is no other.</returns>
    public static string? Find(string name, UserEnvironment environment)
    {
        var files = (from folder in Folders(environment)
                     from extension in Extensions
                     select Path.Combine(folder, Prefix + name + extension)).Where(File.Exists).ToList();
        return files.Find(CanBeStarted) ?? files.FirstOrDefault();
    }

    /// <summary>How a tool that is published and not installed is installed; null for any other name.</summary>
    /// <param name="name">The word that was typed.</param>
    /// <param name="published">The tools that are published.</param>
    public static string? HowToInstall(string name, IReadOnlyList<ExternalTool> published) =>
        published.FirstOrDefault(tool => tool.Name == name) is { } tool
            ? $"'maskgen {tool.Name}', which {tool.Purpose}, is a tool of its own and not installed. "
                + $"To install it: dotnet tool install --global {tool.Package}"
            : null;

    // Not the current folder, nor one relative to it: what lies beside somebody's images is not run.
    private static IEnumerable<string> Folders(UserEnvironment environment)
    {
        var path = environment.Variable("PATH")?.Split(Path.PathSeparator) ?? [];
        var home = environment.Variable("DOTNET_CLI_HOME") ?? environment.Variable(OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME");
        return path
            .Append(home is null ? string.Empty : Path.Combine(home, ".dotnet", "tools"))
            .Append(Path.GetDirectoryName(Environment.ProcessPath) ?? string.Empty)
            .Where(Path.IsPathFullyQualified);
    }

    private static bool CanBeStarted(string file)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        const UnixFileMode Any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            return (File.GetUnixFileMode(file) & Any) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
