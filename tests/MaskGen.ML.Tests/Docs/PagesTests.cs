using System.Text;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests.Docs;

/// <summary>Pages are found from the side bar of the site, and every link in them leads somewhere.</summary>
public partial class PagesTests
{
    private static readonly string Root = Repository.Root();
    private static readonly string Folder = Path.Combine(Root, "docs");

    public static TheoryData<string> Pages =>
    [
        .. Directory.GetFiles(Root, "*.md")
            .Concat(Directory.GetFiles(Folder, "*.md"))
            .Concat(Directory.GetFiles(Path.Combine(Root, "src"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(page => !page.Split('/').Any(part => part is "bin" or "obj")),
    ];

    [Fact]
    public void SideBar_ListsEveryPageOnce()
    {
        var bar = Path.Combine(Folder, "pages", "toc.yml");
        var listed = Entry().Matches(File.ReadAllText(bar)).Select(match => match.Groups[1].Value).ToArray();

        Assert.All(listed, link => Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(bar)!, link)), link));
        Assert.Equal(
            Directory.GetFiles(Folder, "*.md").Select(path => "../" + Path.GetFileName(path)).Order(StringComparer.Ordinal),
            listed.Where(link => link.Count('/') == 1).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_ItsLinks_LeadSomewhere(string page)
    {
        var text = File.ReadAllText(Path.Combine(Root, page));

        Assert.Empty(Links(text).Select(link => Problem(page, link)).OfType<string>());
    }

    [Fact]
    public void Link_ThatLeadsNowhere_IsNoticed()
    {
        Assert.Equal(
            ["missing.md", "README.md#nothing", "#nothing"],
            Links("[a](missing.md), ![b](README.md#nothing) [c](#nothing), [d](docs/decoder.md), `[e](code)`, [f](https://x.y)")
                .Where(link => Problem("README.md", link) is not null));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/index.md")]
    public void Start_SaysWhatItIsAndWhatItIsNot(string page)
    {
        var first = File.ReadLines(Path.Combine(Root, page)).Take(3);

        Assert.Contains(first, line => line.Contains("Images only, no video.", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Links(string markdown) =>
        Link().Matches(Code().Replace(markdown, string.Empty)).Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("xref:", StringComparison.Ordinal));

    private static string? Problem(string page, string link)
    {
        var (file, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, null);
        var path = file.Length == 0 ? Path.Combine(Root, page) : Path.Combine(Root, Path.GetDirectoryName(page)!, file);
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            return $"{page}: {link}: no such file";
        }

        return anchor is null || Headings(path).Contains(anchor) ? null : $"{page}: {link}: no such heading";
    }

    // As GitHub and docfx make names of headings: lower case, without punctuation, words joined.
    private static IEnumerable<string> Headings(string path) =>
        Heading().Matches(Code().Replace(File.ReadAllText(path), string.Empty)).Select(match =>
        {
            var name = new StringBuilder();
            foreach (var character in match.Groups[1].Value.Trim().ToLowerInvariant())
            {
                name.Append(character == ' ' ? '-' : char.IsLetterOrDigit(character) || character is '-' or '_' ? character : null);
            }

            return name.ToString();
        });

    [GeneratedRegex(@"^\s*(?:href|topicHref): (\S+\.md)", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();
}
