using MaskGen.ML.DataView;

namespace MaskGen.ML.Stages;

/// <summary>The columns that a stage with one input is made for.</summary>
/// <param name="Output">Name of the column to write; names of others begin with it.</param>
/// <param name="Input">Name of the column to read.</param>
internal readonly record struct StageColumns(string Output, string Input)
{
    private const string OutputValue = "outputColumn";
    private const string InputValue = "inputColumn";

    public static StageColumns Read(SavedStageReader reader) => new(reader.Text(OutputValue), reader.Text(InputValue));

    public void Write(SavedStageWriter writer)
    {
        writer.Add(OutputValue, Output);
        writer.Add(InputValue, Input);
    }
}
