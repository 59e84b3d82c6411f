using System.Text.Json;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests;

/// <summary>What the references give for one image and model, stage by stage.</summary>
internal sealed class GoldenImage : IDisposable
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly SafetensorsReader _tensors;

    public GoldenImage(string model, string image)
    {
        _tensors = SafetensorsReader.Open(Fixture.Path($"{model}/goldens-{image}.safetensors"));
        var content = JsonSerializer.Deserialize<Content>(File.ReadAllText(Fixture.Path($"{model}/goldens-{image}.json")), SnakeCase)!;
        Size = new ImageSize(content.Width, content.Height);
        Cases = content.Cases;
    }

    public ImageSize Size { get; }

    public IReadOnlyList<GoldenCase> Cases { get; }

    public ReadOnlyMemory<float> this[string tensor] => _tensors.ReadFloat32(tensor);

    /// <summary>The image as the references encoded it.</summary>
    public EncodedImage Encoded(Sam2ModelConfig config) => new(
        Size, config.ImageSize, this["image_embedding"], this["high_resolution_features.0"], this["high_resolution_features.1"]);

    /// <summary>The prompt of a case, the mask that is fed back included.</summary>
    public Sam2Prompt Prompt(GoldenCase golden)
    {
        var mask = $"mask_input.{golden.Name}";
        return new Sam2Prompt
        {
            Points = golden.Points?.Select((point, i) => new PointPrompt(point[0], point[1], (PointLabel)golden.Labels![i]))
                .ToArray() ?? [],
            Box = golden.Box is { } box ? new BoxXyxy(box[0], box[1], box[2], box[3]) : null,
            MaskLogits = _tensors.Tensors.ContainsKey(mask) ? _tensors.ReadFloat32(mask) : default(ReadOnlyMemory<float>?),
        };
    }

    public void Dispose() => _tensors.Dispose();

    private sealed record Content(int Width, int Height, GoldenCase[] Cases);
}

/// <summary>One prompt and the references' answer.</summary>
internal sealed record GoldenCase(
    string Name, float[][]? Points, int[]? Labels, float[]? Box, bool Multimask, float[] PredictedIou, float ObjectScoreLogit,
    GoldenMask[] Masks)
{
    public MaskOutput Output => Multimask ? MaskOutput.Multimask : MaskOutput.Single;

    public override string ToString() => Name;
}

/// <summary>A mask as uncompressed run lengths: size is [height, width], counts are column-major, background first.</summary>
internal sealed record GoldenMask(int[] Size, int[] Counts);
