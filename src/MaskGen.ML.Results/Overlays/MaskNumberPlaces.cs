namespace MaskGen.ML.Results;

/// <summary>Finds the best place for the number of each mask: as deep as possible inside the visible part of the mask.</summary>
internal static class MaskNumberPlaces
{
    /// <summary>The pixel of each mask that is farthest from where another mask, the background or the edge begins, by city-block distance;
    /// the first of equals, row by row.</summary>
    /// <param name="map">The masks laid over each other.</param>
    /// <returns>One per mask, in pixels of the image; null for a mask of which nothing is visible.</returns>
    public static PixelPlace?[] Find(LabelMap map)
    {
        var labels = map.Labels;
        var distances = Distances(labels, map.Size);
        var places = new PixelPlace?[map.MaskCount];
        var deepest = new int[map.MaskCount];
        for (var i = 0; i < labels.Length; i++)
        {
            var mask = labels[i] - 1;
            if (mask >= 0 && distances[i] > deepest[mask])
            {
                deepest[mask] = distances[i];
                places[mask] = new PixelPlace(i % map.Size.Width, i / map.Size.Width);
            }
        }

        return places;
    }

    // Down and to the right, then up and to the left: a pixel is one deeper than its shallower neighbour of the same label.
    private static int[] Distances(ReadOnlySpan<ushort> labels, ImageSize size)
    {
        var distances = new int[labels.Length];
        for (var y = 0; y < size.Height; y++)
        {
            for (var x = 0; x < size.Width; x++)
            {
                var i = (y * size.Width) + x;
                var left = x > 0 && labels[i - 1] == labels[i] ? distances[i - 1] : 0;
                var above = y > 0 && labels[i - size.Width] == labels[i] ? distances[i - size.Width] : 0;
                distances[i] = Math.Min(left, above) + 1;
            }
        }

        for (var y = size.Height - 1; y >= 0; y--)
        {
            for (var x = size.Width - 1; x >= 0; x--)
            {
                var i = (y * size.Width) + x;
                var right = x < size.Width - 1 && labels[i + 1] == labels[i] ? distances[i + 1] : 0;
                var below = y < size.Height - 1 && labels[i + size.Width] == labels[i] ? distances[i + size.Width] : 0;
                distances[i] = Math.Min(distances[i], Math.Min(right, below) + 1);
            }
        }

        return distances;
    }
}

/// <summary>A pixel.</summary>
/// <param name="X">Column from 0.</param>
/// <param name="Y">Row from 0.</param>
internal readonly record struct PixelPlace(int X, int Y);
