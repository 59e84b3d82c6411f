using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Tests.Models;

/// <summary>An exported decoder as somebody else runs it: in plain ONNX Runtime, by the names and shapes that the export
/// promises.</summary>
internal sealed class ExportedDecoder : IDisposable
{
    private static readonly string[] Outputs = ["masks", "iou_predictions", "object_score_logits"];

    private readonly InferenceSession _session;
    private readonly GoldenImage _golden;
    private readonly int _inputSize;

    public ExportedDecoder(string path, GoldenImage golden, int inputSize)
    {
        _session = new InferenceSession(path);
        _golden = golden;
        _inputSize = inputSize;
    }

    /// <summary>Decodes prompts of one length, all with an earlier mask or all without.</summary>
    /// <returns>[B, 3, S/4, S/4] logits, [B, 3] predicted IoU and [B, 1] object scores.</returns>
    public (float[] Logits, float[] PredictedIou, float[] ObjectScores) Run(params Sam2Prompt[] prompts)
    {
        var points = prompts.Select(Points).ToArray();
        var (batch, length, mask) = (prompts.Length, points[0].Length, _inputSize / 4);
        var hasMask = prompts[0].MaskLogits is not null;

        // Where has_mask_input says so, what the mask holds must not matter.
        var masks = hasMask
            ? prompts.SelectMany(prompt => prompt.MaskLogits!.Value.ToArray()).ToArray()
            : Enumerable.Range(0, batch * mask * mask).Select(i => (float)(i % 7)).ToArray();
        var inputs = new Dictionary<string, OrtValue>
        {
            ["image_embed"] = Tensor(_golden["image_embedding"].ToArray(), 1, -1, _inputSize / 16, _inputSize / 16),
            ["high_res_feats_0"] = Tensor(_golden["high_resolution_features.0"].ToArray(), 1, -1, mask, mask),
            ["high_res_feats_1"] = Tensor(_golden["high_resolution_features.1"].ToArray(), 1, -1, _inputSize / 8, _inputSize / 8),
            ["point_coords"] = Tensor([.. points.SelectMany(of => of).SelectMany(point => (float[])[point.X, point.Y])], batch, length, 2),
            ["point_labels"] = Tensor([.. points.SelectMany(of => of).Select(point => point.Label)], batch, length),
            ["mask_input"] = Tensor(masks, batch, 1, mask, mask),
            ["has_mask_input"] = Tensor([hasMask ? 1 : 0], 1),
        };
        using var options = new RunOptions();
        using var outputs = _session.Run(options, inputs, Outputs);
        foreach (var input in inputs.Values)
        {
            input.Dispose();
        }

        Assert.Equal([batch, 3, mask, mask], outputs[0].GetTensorTypeAndShape().Shape);
        return (Values(outputs[0]), Values(outputs[1]), Values(outputs[2]));
    }

    public void Dispose() => _session.Dispose();

    private static float[] Values(OrtValue value) => value.GetTensorDataAsSpan<float>().ToArray();

    // One dimension may be -1: what the others leave.
    private static OrtValue Tensor(float[] values, params long[] shape)
    {
        var known = shape.Where(size => size > 0).Aggregate(1L, (product, size) => product * size);
        return OrtValue.CreateTensorValueFromMemory(values, Array.ConvertAll(shape, size => size > 0 ? size : values.Length / known));
    }

    // In pixels of the model input: corners of the box (labels 2 and 3), points, and the one padding point.
    private (float X, float Y, float Label)[] Points(Sam2Prompt prompt)
    {
        var (scaleX, scaleY) = ((float)_inputSize / _golden.Size.Width, (float)_inputSize / _golden.Size.Height);
        (float X, float Y, float Label)[] corners = prompt.Box is { } box ? [(box.X0, box.Y0, 2), (box.X1, box.Y1, 3)] : [];
        return
        [
            .. corners.Concat(prompt.Points.Select(point => (point.X, point.Y, (float)point.Label)))
                .Select(point => (point.X * scaleX, point.Y * scaleY, point.Item3)),
            (0, 0, -1),
        ];
    }
}
