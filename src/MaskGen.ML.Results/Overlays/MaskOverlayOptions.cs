namespace MaskGen.ML.Results;

/// <summary>What <see cref="MaskOverlay"/> and <see cref="MaskedImage"/> draw beside the masks.</summary>
public sealed record MaskOverlayOptions
{
    /// <summary>Whether to draw the points and boxes that the masks were prompted with.</summary>
    public bool ShowPrompts { get; init; }

    /// <summary>Whether to write each mask's number, its place in the set from 1, inside what is seen of it. It is also the mask's label in
    /// a <see cref="LabelMap"/>. Where the mask is too small its number stands beside it with a line to it; a mask of which no more than a
    /// sliver is seen, or around which there is no room, has none, and no more than sixty stand beside their masks.</summary>
    public bool ShowNumbers { get; init; }

    /// <summary>Whether to show the image as it is beside the masks. Each of the two has the image's size, but at most 2048 pixels along
    /// its longer side.</summary>
    public bool SideBySide { get; init; }

    /// <summary>Quality of JPEG images, from 1 (smallest) to 100. PNG and WebP files are lossless whatever it is.</summary>
    public int Quality { get; init; } = 92;

    /// <summary>Whether masks that are candidates of one prompt are drawn apart, each on its own copy of the image.</summary>
    internal bool ShowsCandidatesApart { get; init; } = true;

    /// <summary>Whether prompts asked for all masks, whatever the masks look like; each is then filled.</summary>
    internal bool AreAskedFor { get; init; }

    /// <summary>Receives how many masks of a panel have no number though <see cref="ShowNumbers"/> asks for them; null for
    /// nobody.</summary>
    internal Action<int>? NumbersLeftOut { get; init; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not from 1 to 100.</exception>
    public void Validate()
    {
        if (Quality is < 1 or > 100)
        {
            throw new ArgumentOutOfRangeException(nameof(Quality), Quality, $"Expected a quality from 1 to 100, found {Quality}.");
        }
    }
}
