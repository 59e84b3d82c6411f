namespace MaskGen.ML.Stages;

/// <summary>One mask of a row, or what stands for a row that could not be expanded.</summary>
/// <param name="Masks">All masks of the row.</param>
/// <param name="Index">Which of them this is; -1 for a row that could not be expanded.</param>
/// <param name="Image">The image of the row; null where none is read.</param>
/// <param name="RowError">Why the row could not be expanded, or null.</param>
internal sealed record ExpandedMask(MaskSet Masks, int Index, RowImage? Image, string? RowError = null)
{
    /// <summary>The mask; null for a row that could not be expanded.</summary>
    public MaskRecord? Mask => Index < 0 ? null : Masks[Index];

    /// <summary>What stands for a row that could not be expanded.</summary>
    public static ExpandedMask Failed(string error) => new(MaskSet.Empty, -1, null, error);
}
