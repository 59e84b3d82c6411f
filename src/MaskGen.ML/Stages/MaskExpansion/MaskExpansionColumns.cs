using MaskGen.ML.DataView;

namespace MaskGen.ML.Stages;

/// <summary>Which columns the expansion reads and writes.</summary>
/// <param name="Output">Name of the rich column of one mask.</param>
/// <param name="Masks">Column of mask sets.</param>
/// <param name="Image">Column of pictures, or null when no colours are wanted.</param>
internal sealed record MaskExpansionColumns(string Output, string Masks, string? Image)
{
    public IReadOnlyList<InputColumn> Inputs =>
        Image is null ? [MasksInput] : [MasksInput, ImageColumns.Image(Image)];

    public IReadOnlyList<OutputColumn<ExpandedMask>> Outputs => ExpandedMask.Columns(Output, withColor: Image is not null);

    private InputColumn MasksInput => InputColumn.Scalar<MaskSetDataViewType>(Masks, MaskSetDataViewType.Instance.ToString());
}
