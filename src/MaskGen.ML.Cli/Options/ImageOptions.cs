using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say which images are read.</summary>
internal sealed class ImageOptions
{
    private static readonly (string Suffix, long Factor)[] Suffixes = [("K", 1_000), ("M", 1_000_000), ("G", 1_000_000_000)];

    private readonly Option<long?> _maximumPixels = new("--max-pixels")
    {
        Description = "Refuse images of more pixels, before memory is taken for them; K, M and G stand for thousands, millions and "
            + $"billions [default: {ImageLoadOptions.DefaultMaximumPixels / 1_000_000}M]",
        HelpName = "N[K|M|G]",
        CustomParser = ParsePixels,
    };

    private readonly Option<ImageRange?> _range = new("--range")
    {
        Description = "Which values of images of more than 8 bits become black and white: auto is the 2nd to the 98th percentile, full all "
            + "values that the type has, LOW,HIGH these two [default: full]",
        HelpName = "auto|full|LOW,HIGH",
        CustomParser = ParseRange,
    };

    public void AddTo(Command command)
    {
        command.Add(_range);
        command.Add(_maximumPixels);
    }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public ImageLoadOptions Limits(ParseResult parsed)
    {
        var limits = new ImageLoadOptions
        {
            MaximumPixels = parsed.GetValue(_maximumPixels) ?? ImageLoadOptions.DefaultMaximumPixels,
            NameOfLimit = _maximumPixels.Name,
            Range = parsed.GetValue(_range) ?? ImageRange.Full,
        };
        try
        {
            limits.Validate();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw OptionErrors.Of(_maximumPixels, e);
        }

        return limits;
    }

    private static ImageRange? ParseRange(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (ImageRange.TryParse(text, null, out var range))
        {
            return range;
        }

        argument.AddError($"--range: expected auto, full or two numbers LOW,HIGH of which the second is greater, found '{text}'.");
        return null;
    }

    private static long? ParsePixels(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var (_, factor) = Suffixes.FirstOrDefault(one => text.EndsWith(one.Suffix, StringComparison.OrdinalIgnoreCase), ("", 1));
        var digits = factor == 1 ? text : text[..^1];
        if (NumberOptions.TryParse(digits, NumberStyles.AllowLeadingSign, out long count)
            && count >= long.MinValue / factor
            && count <= long.MaxValue / factor)
        {
            return count * factor;
        }

        argument.AddError($"--max-pixels: expected a whole number such as 200000000 or 200M, found '{text}'.");
        return null;
    }
}
