using MaskGen.ML.DataView;

namespace MaskGen.ML.Stages;

/// <summary>Which columns the expansion reads and writes.</summary>
/// <param name="Output">Name of the rich column of one mask.</param>
/// <param name="Masks">Column of mask sets.</param>
/// <param name="Image">Column of images, or null when no colours are wanted.</param>
internal sealed record MaskExpansionColumns(string Output, string Masks, string? Image)
{
    private const string OutputValue = "outputColumn";
    private const string MasksValue = "maskColumn";
    private const string ImageValue = "imageColumn";

    public IReadOnlyList<InputColumn> Inputs => [MasksInput, .. ExtraInputs.Values];

    /// <summary>The column that is always read.</summary>
    public InputColumn MasksInput => InputColumn.Scalar<MaskSetDataViewType>(
        Masks,
        MaskSetDataViewType.Instance.ToString(),
        "GenerateMasks and DecodeSam2Prompts write such columns; in a C# type they are marked with [MaskSetType].");

    /// <summary>The columns that are read for one output alone, by its name.</summary>
    public IReadOnlyDictionary<string, InputColumn> ExtraInputs => Image is null
        ? new Dictionary<string, InputColumn>()
        : new Dictionary<string, InputColumn> { [ExpandedMask.MeanColorName(Output)] = ImageColumns.Image(Image) };

    public IReadOnlyList<OutputColumn<ExpandedMask>> Outputs => ExpandedMask.Columns(Output, withColor: Image is not null);

    public static MaskExpansionColumns Read(SavedStageReader reader) =>
        new(reader.Text(OutputValue), reader.Text(MasksValue), reader.TextOrNull(ImageValue));

    public void Write(SavedStageWriter writer)
    {
        writer.Add(OutputValue, Output);
        writer.Add(MasksValue, Masks);
        writer.Add(ImageValue, Image);
    }
}
