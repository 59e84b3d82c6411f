using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Models;

/// <summary>Text from outside (a hub's answer, an environment variable, the name of a file) made fit for a message.</summary>
internal static partial class HubText
{
    /// <summary>Characters of a message, which may hold paths.</summary>
    public const int MessageLength = 2000;

    private const int NameLength = 160;

    /// <summary>The text with every character that a terminal would act on, or that would not be seen, written as \u{...}; cut when
    /// long.</summary>
    /// <param name="text">The text, or null.</param>
    /// <param name="longest">Where it is cut.</param>
    public static string Clean(string? text, int longest = NameLength)
    {
        if (text is null)
        {
            return "nothing";
        }

        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length > longest)
            {
                return clean.Append("...").ToString();
            }

            _ = IsVisible(rune) ? clean.Append(rune) : clean.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X4}}}");
        }

        return clean.ToString();
    }

    /// <summary>The text without the user and the password of an address, and without the query of one, which signs it.</summary>
    public static string WithoutCredentials(string text)
    {
        var clean = Query().Replace(UserInfo().Replace(text, "$1***@"), "$1?***");

        // Something that was meant as an address and lacks the scheme.
        var at = clean.Contains("://", StringComparison.Ordinal) || clean.Any(char.IsWhiteSpace) ? -1 : clean.LastIndexOf('@');
        return at < 0 ? clean : "***" + clean[at..];
    }

    /// <summary>What somebody has typed where a name was expected: it may be an address with a password.</summary>
    public static string Shown(string typed) => Clean(WithoutCredentials(typed));

    /// <summary>A number of bytes with its thousands apart.</summary>
    public static string Bytes(long count) => count.ToString("N0", CultureInfo.InvariantCulture) + " bytes";

    /// <summary>A time in whole seconds.</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s";

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator);

    // A password may have an @ of its own: the last one before the path counts.
    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/'""]*@")]
    private static partial Regex UserInfo();

    [GeneratedRegex(@"([A-Za-z][A-Za-z0-9+.-]*://[^\s?'""]*)\?[^\s'""]+")]
    private static partial Regex Query();
}
