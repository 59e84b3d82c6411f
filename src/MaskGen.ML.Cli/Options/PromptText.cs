using System.Globalization;

namespace MaskGen.ML.Cli.Options;

/// <summary>Reads points and boxes as they are typed, and says what is wrong with those that cannot be meant.</summary>
internal static class PromptText
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Reads <c>X,Y</c> or <c>X,Y,LABEL</c>.</summary>
    /// <returns>The point, or what is wrong.</returns>
    public static (PointPrompt Point, string? Problem) Point(string text) => Numbers(text) switch
    {
        [var x, var y] => (new PointPrompt(x, y), null),
        [var x, var y, 0] => (new PointPrompt(x, y, PointLabel.Background), null),
        [var x, var y, 1] => (new PointPrompt(x, y), null),
        [_, _, var label] => (default, $"expected the label 1 (on the object) or 0 (off it), found {Show(label)} in '{text}'."),
        _ => (default, $"expected X,Y or X,Y,LABEL in pixels, with a point for decimals, such as 500,375.5, found '{text}'."),
    };

    /// <summary>Reads <c>X0,Y0,X1,Y1</c>.</summary>
    /// <returns>The box, or what is wrong.</returns>
    public static (BoxXyxy Box, string? Problem) Box(string text)
    {
        if (Numbers(text) is not [var x0, var y0, var x1, var y1])
        {
            return (default, $"expected X0,Y0,X1,Y1 in pixels, with a point for decimals, such as 425,600,700.5,875, found '{text}'.");
        }

        if (x0 == x1 || y0 == y1)
        {
            return (default, $"expected a box with an area, found '{text}'.");
        }

        if (x0 > x1 || y0 > y1)
        {
            var ordered = Show(Math.Min(x0, x1), Math.Min(y0, y1), Math.Max(x0, x1), Math.Max(y0, y1));
            return (default, $"expected the upper left corner first, found the corners swapped in '{text}'; the box is {ordered}.");
        }

        return (new BoxXyxy(x0, y0, x1, y1), null);
    }

    /// <summary>What is wrong with a point on an image of some size; null if nothing is.</summary>
    public static string? Problem(PointPrompt point, ImageSize image) =>
        point.X >= 0 && point.Y >= 0 && point.X <= image.Width && point.Y <= image.Height
            ? null
            : $"{Show(point.X, point.Y)}: {Outside(image)}";

    /// <summary>What is wrong with a box on an image of some size; null if nothing is. It may overhang, as boxes of detectors do.</summary>
    public static string? Problem(BoxXyxy box, ImageSize image) =>
        box.X0 < image.Width && box.Y0 < image.Height && box.X1 > 0 && box.Y1 > 0
            ? null
            : $"{Show(box.X0, box.Y0, box.X1, box.Y1)}: {Outside(image)}";

    /// <summary>Whether coordinates can be parts of the image's width and height as well as pixels.</summary>
    public static bool MayBeFractions(IEnumerable<float> coordinates, ImageSize image) =>
        image is not { Width: 1, Height: 1 } && coordinates.All(value => value is >= 0 and <= 1);

    private static string Outside(ImageSize image) => $"outside the image ({image.Width} x {image.Height})";

    private static string Show(params ReadOnlySpan<float> numbers)
    {
        var texts = new string[numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            texts[i] = numbers[i].ToString(Invariant);
        }

        return string.Join(',', texts);
    }

    private static float[] Numbers(string text)
    {
        var parts = text.Split(',');
        var numbers = new float[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!NumberOptions.TryParse(parts[i], NumberStyles.Float, out numbers[i]))
            {
                return [];
            }
        }

        return numbers;
    }
}
