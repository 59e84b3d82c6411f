using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>SAM 2's two-way transformer in double, with every image token formed, layer by layer as the reference has it: what the passes
/// must come to.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/sam/transformer.py. One prompt without a mask.</remarks>
internal sealed class TwoWayTransformerTwin
{
    private const string Name = "mask_decoder.transformer";
    private const double Epsilon = 1e-5;

    private readonly WeightReader _reader;
    private readonly DecoderSizes _sizes;
    private readonly DoubleMatrix _imagePositions;

    public TwoWayTransformerTwin(
        ICheckpoint checkpoint, Sam2ModelConfig config, DecoderWeights weights, EncodedImage image, PromptBatch prompts, int prompt)
    {
        _reader = new WeightReader(checkpoint);
        _sizes = weights.Sizes;
        _imagePositions = ImagePositions();
        var own = OwnTokens(_sizes, weights, image);
        var embeddings = Embeddings(weights, prompts, prompt);
        var (tokens, imageTokens) = (embeddings, own);
        for (var layer = 0; layer < _sizes.Layers; layer++)
        {
            var name = $"{Name}.layers.{layer}";
            (tokens, imageTokens) = AddLayer(tokens, embeddings, imageTokens, name, config.MaskDecoder.MlpSize, layer == 0);
        }

        const string final = $"{Name}.final_attn_token_to_image";
        var read = Attend(tokens.Plus(embeddings), imageTokens.Plus(_imagePositions), imageTokens, final, _sizes.Cross);
        Tokens = Normalize(tokens.Plus(Output(read, final)), $"{Name}.layer_norm_final_attn", null);
        ImageTokens = imageTokens;
    }

    /// <summary>[prompt tokens, d] after the final attention.</summary>
    public DoubleMatrix Tokens { get; }

    /// <summary>[image tokens, d] after the last layer.</summary>
    public DoubleMatrix ImageTokens { get; }

    /// <summary>Per layer, [image tokens, all heads' channels]: what image tokens read from the prompt's, before the output
    /// projection.</summary>
    public List<DoubleMatrix> ImageToToken { get; } = [];

    /// <summary>Per layer and image token: the inverse deviation of the layer norm after the image-to-token attention.</summary>
    public List<double[]> InverseDeviations { get; } = [];

    /// <summary>[image tokens, d]: the image's own part, before the first layer.</summary>
    public static DoubleMatrix OwnTokens(DecoderSizes sizes, DecoderWeights weights, EncodedImage image)
    {
        var own = new DoubleMatrix(sizes.ImageTokens, sizes.Hidden);
        for (var token = 0; token < sizes.ImageTokens; token++)
        {
            for (var channel = 0; channel < sizes.Hidden; channel++)
            {
                own[token, channel] = (double)image.ImageEmbedding.Span[(channel * sizes.ImageTokens) + token] + weights.NoMask[channel];
            }
        }

        return own;
    }

    /// <summary>[rows, outputs] <c>x W' + b</c>.</summary>
    public DoubleMatrix Linear(DoubleMatrix x, string name, int outputs)
    {
        var result = x.Times(_reader.Matrix($"{name}.weight", outputs, x.Columns).Transposed());
        var bias = _reader.Vector($"{name}.bias", outputs);
        for (var row = 0; row < result.Rows; row++)
        {
            for (var column = 0; column < outputs; column++)
            {
                result[row, column] += bias[column, 0];
            }
        }

        return result;
    }

    private (DoubleMatrix Tokens, DoubleMatrix ImageTokens) AddLayer(
        DoubleMatrix tokens, DoubleMatrix embeddings, DoubleMatrix imageTokens, string name, int mlpSize, bool isFirst)
    {
        // The first layer's self attention goes without position and without residual.
        var positioned = isFirst ? tokens : tokens.Plus(embeddings);
        var toSelf = Output(Attend(positioned, positioned, tokens, $"{name}.self_attn", _sizes.Hidden), $"{name}.self_attn");
        tokens = Normalize(isFirst ? toSelf : tokens.Plus(toSelf), $"{name}.layer_norm1", null);
        var reading = $"{name}.cross_attn_token_to_image";
        var read = Attend(tokens.Plus(embeddings), imageTokens.Plus(_imagePositions), imageTokens, reading, _sizes.Cross);
        tokens = Normalize(tokens.Plus(Output(read, reading)), $"{name}.layer_norm2", null);
        var hidden = Linear(tokens, $"{name}.mlp.proj_in", mlpSize);
        Relu(hidden);
        tokens = Normalize(tokens.Plus(Linear(hidden, $"{name}.mlp.proj_out", _sizes.Hidden)), $"{name}.layer_norm3", null);
        var updating = $"{name}.cross_attn_image_to_token";
        var fromTokens = Attend(imageTokens.Plus(_imagePositions), tokens.Plus(embeddings), tokens, updating, _sizes.Cross);
        ImageToToken.Add(fromTokens);
        InverseDeviations.Add(new double[_sizes.ImageTokens]);
        return (tokens, Normalize(imageTokens.Plus(Output(fromTokens, updating)), $"{name}.layer_norm4", InverseDeviations[^1]));
    }

    // Attention of all heads, before the output projection.
    private DoubleMatrix Attend(DoubleMatrix queries, DoubleMatrix keys, DoubleMatrix values, string name, int inner)
    {
        var q = Linear(queries, $"{name}.q_proj", inner);
        var k = Linear(keys, $"{name}.k_proj", inner);
        var v = Linear(values, $"{name}.v_proj", inner);
        var result = new DoubleMatrix(q.Rows, inner);
        var headSize = inner / _sizes.Heads;
        for (var row = 0; row < q.Rows; row++)
        {
            for (var first = 0; first < inner; first += headSize)
            {
                var channels = Enumerable.Range(first, headSize).ToArray();
                double Score(int other) => channels.Sum(c => q[row, c] * k[other, c]) / Math.Sqrt(headSize);
                double[] scores = [.. Enumerable.Range(0, k.Rows).Select(Score)];
                double[] powers = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
                foreach (var c in channels)
                {
                    result[row, c] = Enumerable.Range(0, v.Rows).Sum(other => powers[other] * v[other, c]) / powers.Sum();
                }
            }
        }

        return result;
    }

    private DoubleMatrix Output(DoubleMatrix attended, string name) => Linear(attended, $"{name}.o_proj", _sizes.Hidden);

    private DoubleMatrix Normalize(DoubleMatrix x, string name, double[]? inverseDeviations)
    {
        var norm = _reader.LayerNorm(name, _sizes.Hidden, (float)Epsilon);
        var result = x.Copy();
        result.CenterRows();
        for (var row = 0; row < x.Rows; row++)
        {
            var inverse = 1 / Math.Sqrt((result.Row(row).ToArray().Sum(value => value * value) / x.Columns) + Epsilon);
            for (var column = 0; column < x.Columns; column++)
            {
                result[row, column] = (result[row, column] * inverse * norm.Gain[column]) + norm.Bias[column];
            }

            if (inverseDeviations is not null)
            {
                inverseDeviations[row] = inverse;
            }
        }

        return result;
    }

    private DoubleMatrix ImagePositions()
    {
        var gaussian = _reader.Read("shared_image_embedding.positional_embedding", 2, _sizes.Hidden / 2);
        var positions = new DoubleMatrix(_sizes.ImageTokens, _sizes.Hidden);
        var encoding = new float[_sizes.Hidden];
        for (var token = 0; token < _sizes.ImageTokens; token++)
        {
            var (y, x) = Math.DivRem(token, _sizes.EmbeddingSize);
            PromptEmbedder.EncodePosition(gaussian, (x + 0.5f) / _sizes.EmbeddingSize, (y + 0.5f) / _sizes.EmbeddingSize, encoding);
            Array.ConvertAll(encoding, value => (double)value).CopyTo(positions.Row(token));
        }

        return positions;
    }

    private DoubleMatrix Embeddings(DecoderWeights weights, PromptBatch prompts, int prompt)
    {
        var points = prompts.PointsPerPrompt;
        var embeddings = new float[(_sizes.OutputTokens + points) * _sizes.Hidden];
        weights.OutputTokens.CopyTo(embeddings, 0);
        for (var i = 0; i < points; i++)
        {
            var point = (prompt * points) + i;
            var (x, y) = (prompts.Coordinates.Span[2 * point], prompts.Coordinates.Span[(2 * point) + 1]);
            weights.Points.Embed(
                x, y, prompts.Labels.Span[point], embeddings.AsSpan((_sizes.OutputTokens + i) * _sizes.Hidden, _sizes.Hidden));
        }

        return DoubleMatrix.From(embeddings, _sizes.OutputTokens + points, _sizes.Hidden);
    }

    /// <summary>Sets what is negative to zero, in place.</summary>
    public static void Relu(DoubleMatrix x)
    {
        for (var i = 0; i < x.Values.Length; i++)
        {
            x.Values[i] = Math.Max(x.Values[i], 0);
        }
    }
}
