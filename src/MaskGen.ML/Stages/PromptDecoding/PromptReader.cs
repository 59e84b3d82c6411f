using Microsoft.ML;

namespace MaskGen.ML.Stages;

/// <summary>Reads the prompts of the current row, from the rich column or from plain ones.</summary>
internal abstract class PromptReader
{
    /// <summary>The prompts, one per object; none when the row has none.</summary>
    /// <exception cref="InvalidDataException">The columns contradict each other.</exception>
    public abstract IReadOnlyList<Sam2Prompt> Read();

    /// <param name="row">The row or cursor.</param>
    /// <param name="options">Which columns to read.</param>
    /// <param name="maskPixels">Logits of one mask prompt, (S/4)^2.</param>
    public static PromptReader Create(DataViewRow row, Sam2PromptDecodingOptions options, int maskPixels) =>
        options.PromptColumn is { } column ? new RichPromptReader(row, column) : new PlainPromptReader(row, options, maskPixels);

    private sealed class RichPromptReader(DataViewRow row, string columnName) : PromptReader
    {
        private readonly ValueGetter<Sam2PromptSet?> _getter = row.GetGetter<Sam2PromptSet?>(row.Schema[columnName]);
        private Sam2PromptSet? _prompts;

        public override IReadOnlyList<Sam2Prompt> Read()
        {
            _getter(ref _prompts);
            return _prompts ?? Sam2PromptSet.Empty;
        }
    }
}
