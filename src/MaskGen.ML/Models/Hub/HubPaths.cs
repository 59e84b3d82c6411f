using System.Text.RegularExpressions;

namespace MaskGen.ML.Models;

/// <summary>Paths from the environment, read as Python's <c>os.path.expanduser</c> and <c>os.path.expandvars</c> do.</summary>
internal static partial class HubPaths
{
    /// <summary>The path with the home folder for <c>~</c> and the values of variables for <c>$NAME</c> and <c>${NAME}</c> (on Windows also
    /// <c>%NAME%</c>); a variable that is not set stays as it is written.</summary>
    /// <param name="path">What a variable says.</param>
    /// <param name="variable">Gives an environment variable, or null.</param>
    /// <exception cref="ArgumentException">The path begins with another user's home folder.</exception>
    public static string Expand(string path, Func<string, string?> variable)
    {
        if (path.StartsWith('~') && path.Length > 1 && path[1] != '/' && path[1] != Path.DirectorySeparatorChar)
        {
            throw new ArgumentException(
                $"Expected a folder such as ~/models, found '{HubText.Clean(path)}'. Write another user's home folder out in full.");
        }

        var expanded = path.StartsWith('~') ? HomeFolder(variable) + path[1..] : path;
        expanded = DollarVariable().Replace(expanded, Value);
        return OperatingSystem.IsWindows() ? PercentVariable().Replace(expanded, Value) : expanded;

        string Value(Match match) => variable(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value) ?? match.Value;
    }

    /// <summary>The user's home folder.</summary>
    public static string HomeFolder(Func<string, string?> variable) =>
        (OperatingSystem.IsWindows() ? null : variable("HOME")) ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [GeneratedRegex(@"\$(?:\{([^}]*)\}|([A-Za-z0-9_]+))")]
    private static partial Regex DollarVariable();

    [GeneratedRegex(@"%([^%]+)%")]
    private static partial Regex PercentVariable();
}
