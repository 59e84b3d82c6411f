using MaskGen.ML.DataView;

namespace MaskGen.ML.Stages;

/// <summary>Which columns the expansion reads and writes.</summary>
/// <param name="Columns">Name of the rich column of one mask, and of the column of mask sets.</param>
/// <param name="Options">The settings, the column of images among them.</param>
internal sealed record MaskExpansionColumns(StageColumns Columns, MaskExpansionOptions Options)
{
    // In the first layout that there was, which had no other settings.
    private const string FirstMasksValue = "maskColumn";
    private const string FirstOutputValue = "outputColumn";
    private const string FirstImageValue = "imageColumn";
    private const uint FirstLayoutWithOptions = 3;

    /// <summary>Whether failed rows are marked.</summary>
    public bool IsMarking => Options.FailedRows == FailedRowBehavior.Mark;

    /// <summary>Where the stage before has marked its failed rows, if it has.</summary>
    public string InputErrors => ColumnNames.Of(Columns.Input, ColumnNames.Error);

    public IReadOnlyList<InputColumn> Inputs =>
        Options.ImageColumn is null ? [MasksInput] : [MasksInput, ImageColumns.Image(Options.ImageColumn)];

    /// <summary>The column that is always read.</summary>
    public InputColumn MasksInput => InputColumn.Scalar<MaskSetDataViewType>(
        Columns.Input,
        MaskSetDataViewType.Instance.ToString(),
        "GenerateMasks and DecodeSam2Prompts write such columns; in a C# type they are marked with [MaskSetType].");

    /// <summary>The column that is read for some of the outputs alone, by their names.</summary>
    public IReadOnlyDictionary<string, InputColumn> ExtraInputs => Options.ImageColumn is not { } image
        ? new Dictionary<string, InputColumn>()
        : ((string[])[ColumnNames.MeanColor, ColumnNames.Image, ColumnNames.Error]).ToDictionary(
            companion => ColumnNames.Of(Columns.Output, companion), _ => ImageColumns.Image(image));

    public IReadOnlyList<OutputColumn<ExpandedMask>> Outputs
    {
        get
        {
            var columns = ExpandedMaskColumns.OfMask(Columns.Output).ToList();
            if (Options.ImageColumn is not null)
            {
                columns.Add(ExpandedMaskColumns.MeanColor(Columns.Output));
            }

            if (Options.CutOut is { } background)
            {
                columns.Add(ExpandedMaskColumns.Image(Columns.Output, new MaskCutOut(background, Options.CutOutFill)));
            }

            if (IsMarking)
            {
                columns.Add(ExpandedMaskColumns.Error(Columns.Output));
            }

            return columns;
        }
    }

    public static MaskExpansionColumns Read(SavedStageReader reader) => reader.Layout < FirstLayoutWithOptions
        ? new(
            new StageColumns(reader.Text(FirstOutputValue), reader.Text(FirstMasksValue)),
            new MaskExpansionOptions { ImageColumn = reader.TextOrNull(FirstImageValue) })
        : new(StageColumns.Read(reader), SavedOptions.Read<MaskExpansionOptions>(reader, options => options.Validate()));

    public void Write(SavedStageWriter writer)
    {
        Columns.Write(writer);
        SavedOptions.Write(writer, Options);
    }
}
