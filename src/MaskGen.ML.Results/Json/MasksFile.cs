namespace MaskGen.ML.Results;

/// <summary>What a file that <see cref="MasksJson"/> wrote holds.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class MasksFile
{
    internal MasksFile(string imageName, string model, MaskSet masks, ResultStamp? stamp)
    {
        (ImageName, Model, Masks, Stamp) = (imageName, model, masks, stamp);
    }

    /// <summary>Name of the image.</summary>
    public string ImageName { get; }

    /// <summary>Name of the model.</summary>
    public string Model { get; }

    /// <summary>The masks, with the size of the image.</summary>
    public MaskSet Masks { get; }

    /// <summary>What the file says of itself; null for a file of this form that another program, or an earlier version, has
    /// written.</summary>
    internal ResultStamp? Stamp { get; }

    /// <summary>The way from the folder of the file to the image, with slashes; null where the file does not say it.</summary>
    internal string? ImagePath { get; init; }

    /// <summary>One line about the file, such as <c>cat.png: 29 masks of 960x640 pixels</c>.</summary>
    public override string ToString() => $"{ImageName}: {Masks}";
}
