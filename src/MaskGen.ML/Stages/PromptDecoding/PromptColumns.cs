using MaskGen.ML.DataView;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>The columns that prompts are read from.</summary>
internal static class PromptColumns
{
    /// <summary>Those that the options name.</summary>
    public static IEnumerable<InputColumn> Inputs(Sam2PromptDecodingOptions options)
    {
        if (options.PromptColumn is { } prompts)
        {
            yield return InputColumn.Scalar<Sam2PromptSetDataViewType>(prompts, "Sam2PromptSet");
        }

        foreach (var name in (string?[])[options.PointColumn, options.BoxColumn, options.MaskLogitsColumn])
        {
            if (name is not null)
            {
                yield return InputColumn.Vector(name, NumberDataViewType.Single);
            }
        }

        foreach (var name in (string?[])[options.PointLabelColumn, options.PointObjectColumn])
        {
            if (name is not null)
            {
                yield return InputColumn.Vector(name, NumberDataViewType.Int32, NumberDataViewType.Single);
            }
        }
    }
}
