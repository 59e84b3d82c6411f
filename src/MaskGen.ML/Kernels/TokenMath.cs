using System.Numerics.Tensors;

namespace MaskGen.ML.Kernels;

/// <summary>Small steps on token-major matrices.</summary>
internal static unsafe class TokenMath
{
    public static void Add(float* left, float* right, float* sum, int count) =>
        TensorPrimitives.Add(new ReadOnlySpan<float>(left, count), new ReadOnlySpan<float>(right, count), new Span<float>(sum, count));

    public static void Copy(float* source, float* target, int count) =>
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target, count));

    /// <summary>Attention of the tokens of one prompt among themselves, before the output projection.</summary>
    /// <param name="queries">[tokens, heads * headSize], scaled for a softmax in base 2.</param>
    /// <param name="keys">Likewise, unscaled.</param>
    /// <param name="values">Likewise.</param>
    /// <param name="result">Likewise; overwritten.</param>
    /// <param name="tokens">Tokens of the prompt.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="stride">Floats from row to row of all four.</param>
    /// <param name="scratch">Scratch [tokens].</param>
    /// <param name="cancellationToken">Checked between queries.</param>
    public static void SelfAttention(
        float* queries,
        float* keys,
        float* values,
        float* result,
        int tokens,
        int heads,
        int headSize,
        int stride,
        float* scratch,
        CancellationToken cancellationToken)
    {
        var attention = new Span<float>(scratch, tokens);
        for (var head = 0; head < heads; head++)
        {
            var column = head * headSize;
            for (var token = 0; token < tokens; token++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var query = new ReadOnlySpan<float>(queries + (token * stride) + column, headSize);
                for (var other = 0; other < tokens; other++)
                {
                    attention[other] = TensorPrimitives.Dot(query, new ReadOnlySpan<float>(keys + (other * stride) + column, headSize));
                }

                Softmax(attention);
                var sum = new Span<float>(result + (token * stride) + column, headSize);
                sum.Clear();
                for (var other = 0; other < tokens; other++)
                {
                    TensorPrimitives.MultiplyAdd(
                        new ReadOnlySpan<float>(values + (other * stride) + column, headSize), attention[other], sum, sum);
                }
            }
        }
    }

    private static void Softmax(Span<float> scores)
    {
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
        TensorPrimitives.Exp2<float>(scores, scores);
        TensorPrimitives.Divide(scores, TensorPrimitives.Sum<float>(scores), scores);
    }
}
