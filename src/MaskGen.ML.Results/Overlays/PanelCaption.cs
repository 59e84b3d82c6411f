namespace MaskGen.ML.Results;

/// <summary>What is written below a panel.</summary>
/// <param name="Text">In the letters of <see cref="StrokeText"/>; may be empty.</param>
/// <param name="Mask">The mask whose colour goes before it, by its place in the set; null for none.</param>
/// <param name="IsBest">Whether the panel is marked as the best one.</param>
internal sealed record PanelCaption(string Text, int? Mask, bool IsBest)
{
    /// <summary>The word that marks the best one.</summary>
    public const string Best = "best";

    /// <summary>Whether that word stands after the text.</summary>
    public bool HasBadge => IsBest && !Text.StartsWith(Best, StringComparison.Ordinal);

    /// <summary>Below an image without masks.</summary>
    public static PanelCaption None { get; } = new(string.Empty, null, false);
}
