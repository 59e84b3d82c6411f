namespace MaskGen.ML.Results;

/// <summary>Colours for masks: stable by number, and far apart for numbers that are near.</summary>
internal static class MaskPalette
{
    // The golden angle: each hue falls into the widest gap that those before have left.
    private const double HueStep = 137.50776405003785;

    // Three depths in turn, so that the hues that come close after some twenty masks still differ.
    private static readonly (double Saturation, double Value)[] Depths = [(0.72, 1.0), (0.88, 0.82), (0.50, 0.96)];

    /// <summary>Red, green and blue of a mask.</summary>
    /// <param name="index">Number of the mask, from 0.</param>
    public static (byte Red, byte Green, byte Blue) Color(int index)
    {
        var (saturation, value) = Depths[index % Depths.Length];
        var hue = ((index * HueStep) + 205) % 360;
        return (Channel(5), Channel(3), Channel(1));

        // Hue, saturation and value to one channel.
        byte Channel(int n)
        {
            var k = (n + (hue / 60)) % 6;
            return (byte)Math.Round(255 * (value - (value * saturation * Math.Max(0, Math.Min(Math.Min(k, 4 - k), 1)))));
        }
    }
}
