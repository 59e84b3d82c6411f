using MaskGen.ML.Files;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Writes the label map of masks row by row: that of a very large image is never in memory.</summary>
internal static class LabelMapFile
{
    // Labels that are in memory at once.
    private const int PixelsAtOnce = 1 << 24;

    /// <summary>Saves the PNG that <see cref="LabelMap.SavePng(string)"/> saves of the same masks, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="masks">The masks.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="ArgumentException">There are more masks than a map tells apart.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, MaskSet masks, ResultStamp stamp)
    {
        var size = masks.ImageSize;
        if (masks.Count > LabelMap.MaximumMasks || size.PixelCount <= PixelsAtOnce)
        {
            LabelMap.FromMasks(masks).SavePng(path, stamp);
            return;
        }

        var rows = Math.Max(1, PixelsAtOnce / size.Width);
        var labels = new ushort[size.Width * rows];
        int[] order = [.. LabelMap.BottomToTop(masks)];
        var extents = masks.Select(mask => PixelExtent.Of(mask.Segmentation)).ToArray();
        var top = -rows;
        AtomicFile.Write(path, stream =>
        {
            if (masks.Count > byte.MaxValue)
            {
                PngWriter.WriteGrey16(stream, size, Row, stamp);
            }
            else
            {
                PngWriter.WriteIndexed8(stream, size, Row, LabelMap.Palette(masks.Count), stamp);
            }
        });

        // Rows are asked for one after the other.
        ReadOnlySpan<ushort> Row(int y)
        {
            if (y >= top + rows)
            {
                top += rows;
                Paint();
            }

            return labels.AsSpan((y - top) * size.Width, size.Width);
        }

        void Paint()
        {
            Array.Clear(labels);
            foreach (var index in order.Where(index => extents[index].Top < top + rows && extents[index].Bottom > top))
            {
                foreach (var segment in masks[index].Segmentation.Segments())
                {
                    var end = Math.Min(segment.End, top + rows);
                    for (var y = Math.Max(segment.Start, top); y < end; y++)
                    {
                        labels[((y - top) * size.Width) + segment.Column] = (ushort)(index + 1);
                    }
                }
            }
        }
    }
}
