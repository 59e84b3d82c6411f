namespace MaskGen.ML;

/// <summary>A colour in 8 bits for each channel, as the pixels of an <see cref="RgbImage"/>.</summary>
/// <param name="Red">0 to 255.</param>
/// <param name="Green">0 to 255.</param>
/// <param name="Blue">0 to 255.</param>
public readonly record struct RgbColor(byte Red, byte Green, byte Blue);
