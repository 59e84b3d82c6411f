using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Results;

/// <summary>World files: six numbers beside an image, a line each, and a <c>.prj</c> file that names the reference system.</summary>
/// <remarks>Source: Esri, "About world files" (lines A, D, B, E, C, F; C and F are of the centre of the upper left pixel).</remarks>
internal static partial class WorldFile
{
    private const int MaximumBytes = 1 << 16;

    private const int LineCount = 6;

    /// <summary>Reads the world file of an image.</summary>
    /// <param name="image">Path of the image.</param>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidDataException">It is not six numbers.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static GeoReference? TryRead(string image)
    {
        var known = Extensions(Path.GetExtension(image)).Select(one => Path.ChangeExtension(image, one));
        if (known.FirstOrDefault(File.Exists) is not { } path)
        {
            return null;
        }

        var numbers = Text(path).Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number) ? number : throw Unlike(path, $"'{line}'"))
            .ToArray();
        if (numbers.Length != LineCount)
        {
            throw Unlike(path, $"{numbers.Length} lines");
        }

        var reference = new GeoReference(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
        if ((reference.A * reference.E) - (reference.B * reference.D) == 0)
        {
            throw Unlike(path, "numbers that put all pixels on one line");
        }

        var projection = new[] { ".prj", ".PRJ" }.Select(one => Path.ChangeExtension(image, one)).FirstOrDefault(File.Exists);
        var text = projection is null ? null : Text(projection).Trim();
        return reference with { WellKnownText = text, SystemName = text is null ? null : NameOf(text) };
    }

    // Of photo.jpg: jgw, jpgw, wld; some programs write them in capitals.
    private static IEnumerable<string> Extensions(string ofImage)
    {
        string[] known = ofImage.Length > 2 ? [$".{ofImage[1]}{ofImage[^1]}w", $"{ofImage}w", ".wld"] : [".wld"];
        return known.SelectMany(one => new[] { one, one.ToLowerInvariant(), one.ToUpperInvariant() });
    }

    // The authority of the whole system is the last one of its text.
    private static string? NameOf(string wellKnownText)
    {
        var found = Authority().Match(wellKnownText);
        return found.Success ? $"urn:ogc:def:crs:{found.Groups[1].Value.ToUpperInvariant()}::{found.Groups[2].Value}" : null;
    }

    private static string Text(string path) => Encoding.UTF8.GetString(BoundedInput.ReadFile(path, MaximumBytes).Span);

    private static InvalidDataException Unlike(string path, string found) =>
        new($"{path}: expected a world file, {LineCount} numbers on a line each, found {found}.");

    [GeneratedRegex(@"(?:AUTHORITY|ID)\s*\[\s*""(\w+)""\s*,\s*""?(\d+)""?\s*\]\s*\]\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Authority();
}
