using Microsoft.ML;

namespace MaskGen.ML.Stages;

/// <summary>The columns that a stage with one input is made for; in what it saves they come first, as texts.</summary>
/// <param name="Output">Name of the column to write; names of others begin with it.</param>
/// <param name="Input">Name of the column to read.</param>
internal readonly record struct StageColumns(string Output, string Input)
{
    public static StageColumns Read(ModelLoadContext context) => new(context.LoadNonEmptyString(), context.LoadNonEmptyString());

    public void Write(ModelSaveContext context)
    {
        context.SaveNonEmptyString(Output);
        context.SaveNonEmptyString(Input);
    }
}
