using System.Globalization;

namespace MaskGen.ML.Cli.Display;

/// <summary>Boxes the way that <c>--box</c> takes them.</summary>
internal static class BoxText
{
    /// <summary>Corners of the box around a mask: edges of pixels in the image, the right and lower ones beyond the last pixel. SAM 2's
    /// records measure from the first to the last pixel instead, one less.</summary>
    public static float[] Corners(MaskRecord mask)
    {
        if (mask.Area == 0)
        {
            return [0, 0, 0, 0];
        }

        var box = mask.BoundingBox;
        return [box.X, box.Y, box.X + box.Width + 1, box.Y + box.Height + 1];
    }

    /// <summary>The corners as <c>X0,Y0,X1,Y1</c>.</summary>
    public static string Of(MaskRecord mask) =>
        string.Join(',', Corners(mask).Select(corner => corner.ToString(CultureInfo.InvariantCulture)));
}
