using MaskGen.ML.DataView;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>The columns that prompts are read from.</summary>
internal static class PromptColumns
{
    private const string RichAdvice = "Such a column holds Sam2PromptSet values, marked with [Sam2PromptSetType] in a C# type. Prompts in "
        + "plain vectors are accepted as well: name their columns in Sam2PromptDecodingOptions (PointColumn, BoxColumn and others).";

    /// <summary>Those that the options name.</summary>
    public static IEnumerable<InputColumn> Inputs(Sam2PromptDecodingOptions options)
    {
        if (options.PromptColumn is { } prompts)
        {
            yield return InputColumn.Scalar<Sam2PromptSetDataViewType>(prompts, "Sam2PromptSet", RichAdvice);
        }

        (string? Name, string Role, string Meaning)[] singles =
        [
            (options.PointColumn, nameof(options.PointColumn), "x and y of each point in pixels"),
            (options.BoxColumn, nameof(options.BoxColumn), "left, upper, right and lower edge of each box in pixels"),
            (options.MaskLogitsColumn, nameof(options.MaskLogitsColumn), "(S/4)^2 logits of each earlier mask"),
        ];
        foreach (var (name, role, meaning) in singles)
        {
            if (name is not null)
            {
                yield return InputColumn.Vector(name, Advice(role, meaning), NumberDataViewType.Single);
            }
        }

        (string? Name, string Role, string Meaning)[] integers =
        [
            (options.PointLabelColumn, nameof(options.PointLabelColumn), "1 (foreground) or 0 (background) for each point"),
            (options.PointObjectColumn, nameof(options.PointObjectColumn), "the index of the object of each point"),
        ];
        foreach (var (name, role, meaning) in integers)
        {
            if (name is not null)
            {
                yield return InputColumn.Vector(name, Advice(role, meaning), NumberDataViewType.Int32, NumberDataViewType.Single);
            }
        }
    }

    private static string Advice(string role, string meaning) =>
        $"It is the {role} of Sam2PromptDecodingOptions: {meaning}. Convert.ConvertType makes Single of other numbers.";
}
