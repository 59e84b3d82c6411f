using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MaskGen.ML.Cli.Inputs;

namespace MaskGen.ML.Cli.Options;

/// <summary>The option that says which images of a TIFF file of several are meant.</summary>
internal sealed class PageOptions
{
    private const string All = "all";

    private readonly Option<PageRange?> _pages = new("--pages")
    {
        Description = "Pages of TIFF files, each an image of its own: all, a number from 1, or FIRST-LAST; results are named "
            + "<image>.page-2 [default: the first]",
        HelpName = "all|N|N-M",
        CustomParser = Parse,
    };

    public void AddTo(Command command) => command.Add(_pages);

    /// <summary>Whether pages were asked for.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_pages) is not null;

    /// <summary>The images of files.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="files">The files. One with a single page stays as it is.</param>
    /// <param name="fail">Receives an error.</param>
    public IReadOnlyList<InputFile> Expand(ParseResult parsed, IReadOnlyList<InputFile> files, Action<string> fail) =>
        parsed.GetValue(_pages) is { } range ? [.. files.SelectMany(file => Pages(file, range, fail))] : files;

    private static IEnumerable<InputFile> Pages(InputFile file, PageRange range, Action<string> fail)
    {
        int count;
        try
        {
            count = RgbImage.CountPages(file.Path);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // Whoever reads the image says what is wrong.
            return [file];
        }

        if (range.First > count || (range.Last is { } last && last > count))
        {
            fail($"{file.Path}: expected {range} of it, found {count} {(count == 1 ? "page" : "pages")}.");
        }

        return Enumerable.Range(1, count).Where(range.Has).Select(page => count == 1 ? file : file with
        {
            Page = page,
            Name = FormattableString.Invariant(
                $"{file.Name[..^Path.GetExtension(file.Name).Length]}.page-{page}{Path.GetExtension(file.Name)}"),
        });
    }

    private static PageRange? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (string.Equals(text, All, StringComparison.OrdinalIgnoreCase))
        {
            return new PageRange(1, null);
        }

        var ends = text.Split('-');
        if (ends.Length <= 2 && Number(ends[0]) is { } first && Number(ends[^1]) is { } last && last >= first)
        {
            return new PageRange(first, last);
        }

        argument.AddError($"--pages: expected all, a number from 1, or two such as 2-5, found '{text}'.");
        return null;
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    /// <summary>Some pages.</summary>
    /// <param name="First">The first.</param>
    /// <param name="Last">The last; null for that of each file.</param>
    private sealed record PageRange(int First, int? Last)
    {
        public bool Has(int page) => page >= First && page <= (Last ?? int.MaxValue);

        public override string ToString() =>
            Last is null ? "all pages" : FormattableString.Invariant($"{(First == Last ? $"page {First}" : $"pages {First} to {Last}")}");
    }
}
