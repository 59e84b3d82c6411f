using System.Collections;
using System.Runtime.CompilerServices;

namespace MaskGen.ML;

/// <summary>The prompts of one image, one per object; written in C# as <c>[Sam2Prompt.FromPoint(3, 4),
/// Sam2Prompt.FromBox(box)]</c>.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
[CollectionBuilder(typeof(Sam2PromptSet), nameof(Create))]
public sealed class Sam2PromptSet : IReadOnlyList<Sam2Prompt>
{
    private readonly Sam2Prompt[] _prompts;

    private Sam2PromptSet(Sam2Prompt[] prompts)
    {
        _prompts = prompts;
    }

    /// <summary>No prompts; they give no masks.</summary>
    public static Sam2PromptSet Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _prompts.Length;

    /// <inheritdoc/>
    public Sam2Prompt this[int index] => _prompts[index];

    /// <summary>Copies prompts.</summary>
    /// <param name="prompts">One per object.</param>
    /// <exception cref="ArgumentException">One of them is null.</exception>
    public static Sam2PromptSet Create(ReadOnlySpan<Sam2Prompt> prompts)
    {
        for (var i = 0; i < prompts.Length; i++)
        {
            if (prompts[i] is null)
            {
                throw new ArgumentException($"Prompt {i}: expected a prompt, found null.", nameof(prompts));
            }
        }

        return new Sam2PromptSet(prompts.ToArray());
    }

    /// <inheritdoc/>
    public IEnumerator<Sam2Prompt> GetEnumerator() => ((IEnumerable<Sam2Prompt>)_prompts).GetEnumerator();

    /// <summary>One line about the prompts, such as <c>3 prompts</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} {(Count == 1 ? "prompt" : "prompts")}");

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
