using System.Text.RegularExpressions;

namespace MaskGen.ML.Models;

/// <summary>Which names of files are let into the cache: those that mean one file, below its folder, on every file system.</summary>
internal static partial class HubNames
{
    /// <summary>What <see cref="IsFileName"/> lets through, for messages.</summary>
    public const string Rule = "a name of up to 120 letters, digits, '.', '_', '-', '+' and inner spaces";

    private const int LongestName = 120;

    /// <summary>Whether a name from a hub may become the name of a file: no folders, no control characters, no streams of NTFS, no
    /// devices of Windows.</summary>
    public static bool IsFileName(string name) =>
        name.Length <= LongestName
        && FileNamePattern().IsMatch(name)
        && !name.Contains("..", StringComparison.Ordinal)
        && !IsDevice(name);

    /// <summary>Whether an etag may become the name of a blob. It has no dot, so that it never ends like a lock or an unfinished
    /// blob.</summary>
    public static bool IsETag(string etag) => ETagPattern().IsMatch(etag) && !IsDevice(etag);

    /// <summary>Whether Windows takes a name for a device, whatever its extension.</summary>
    public static bool IsDevice(string name) => DevicePattern().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9_](?:[A-Za-z0-9_.+ -]*[A-Za-z0-9_+-])?\z")]
    private static partial Regex FileNamePattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,127}\z")]
    private static partial Regex ETagPattern();

    [GeneratedRegex(@"\A(?:con|prn|aux|nul|com[0-9]|lpt[0-9]) *(?:\.|\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DevicePattern();
}
