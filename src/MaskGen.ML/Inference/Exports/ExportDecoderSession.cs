using System.Globalization;
using MaskGen.ML.Models;
using MaskGen.ML.OnnxGraph;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Inference;

/// <summary>One file of a decoder: gives its inputs the shapes that it wants, and reads its outputs.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ExportDecoderSession : IDisposable
{
    private readonly OnnxExport _export;
    private readonly OnnxExportFamily _family;
    private readonly ExportSession _session;
    private readonly int _images;
    private readonly int? _promptsPerRun;
    private readonly int? _pointsPerPrompt;
    private readonly int? _boxesPerRun;
    private readonly int _labelType;
    private readonly int _maskFlags;
    private volatile bool _isOneByOne;

    public ExportDecoderSession(OnnxExport export, OnnxExportDecoder decoder, Sam2SessionOptions options, object owner)
    {
        _export = export;
        _family = decoder.Family;
        Source = decoder.File.Source;
        _images = decoder.ImagesPerRun ?? 1;
        _promptsPerRun = decoder.PromptsPerRun;
        _pointsPerPrompt = decoder.PointsPerPrompt;
        _boxesPerRun = decoder.BoxesPerRun;
        _labelType = decoder.LabelType;
        _maskFlags = decoder.MaskFlags;
        _session = new ExportSession(decoder.File, options, owner);
        try
        {
            MaskCount = decoder.MaskCount ?? CountMasks();
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public string Source { get; }

    public Sam2Device Device => _session.Device;

    /// <summary>Masks for each prompt, one or three.</summary>
    public int MaskCount { get; }

    public void Decode(EncodedImage image, PromptBatch prompts, ExportDecodedBatch batch, CancellationToken cancellationToken)
    {
        // Where boxes are an input of their own, prompts with a box cannot go together with those that have a point more instead.
        foreach (var group in Enumerable.Range(0, prompts.Count).GroupBy(prompt => HasBox(prompts, prompt)))
        {
            Decode(image, prompts, [.. group], group.Key, batch, cancellationToken);
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Whether a run of several prompts may have failed because the file is made for one, though it leaves the number open. Where
    /// memory did not suffice, it may the next time.</summary>
    internal static bool MayBeMadeForOne(Exception error) => !OnnxErrors.IsOutOfMemory(error.Message);

    private bool HasBox(PromptBatch prompts, int prompt) => _family.Boxes is not null && prompts.PointsPerPrompt > 1
        && prompts.Labels.Span[prompt * prompts.PointsPerPrompt] == PromptTokenLabel.BoxTopLeft;

    private void Decode(
        EncodedImage image, PromptBatch prompts, int[] indices, bool hasBox, ExportDecodedBatch batch, CancellationToken cancellationToken)
    {
        var first = hasBox ? 2 : 0;
        var points = prompts.PointsPerPrompt - (_family.AddsPadding ? 1 : 0) - first;
        ThrowIfOtherShape(points, hasBox);

        // A graph for boxes takes one of them beside points.
        var perRun = hasBox && points == 0 ? _boxesPerRun : _promptsPerRun;
        if (hasBox && points > 0)
        {
            perRun = 1;
        }

        if (perRun is null && !_isOneByOne && indices.Length > 1)
        {
            try
            {
                RunAll(indices.Length);
                return;
            }
            catch (Exception e) when (e is CheckpointFormatException or (InvalidOperationException and not ObjectDisposedException))
            {
                // What else may be wrong shows again.
                RunAll(1);
                _isOneByOne = MayBeMadeForOne(e);
                return;
            }
        }

        RunAll(perRun ?? 1);

        void RunAll(int size)
        {
            foreach (var some in indices.Chunk(size))
            {
                Run(image, new RunPrompts(prompts, some, size, first, points, hasBox), batch, cancellationToken);
            }
        }
    }

    private void ThrowIfOtherShape(int points, bool hasBox)
    {
        if (_pointsPerPrompt is { } expected && expected != points)
        {
            throw new NotSupportedException(string.Create(
                CultureInfo.InvariantCulture,
                $"Expected prompts of {expected} points{(_family.Boxes is null ? " (a box counts as two)" : string.Empty)}, as the ")
                + string.Create(CultureInfo.InvariantCulture, $"decoder of {_export.Name} fixes it, found one of {points}."));
        }

        if (hasBox && points > 0 && (_promptsPerRun ?? 1) != 1)
        {
            throw new NotSupportedException(
                $"Expected points or a box, found both: the decoder of {_export.Name} takes {_promptsPerRun} prompts at once, and a "
                + "box beside points only for one.");
        }

        if (!hasBox && _boxesPerRun is not null)
        {
            throw new NotSupportedException($"Expected a box, found none: the decoder of {_export.Name} takes none without.");
        }
    }

    // Found out where the file leaves it open.
    private int CountMasks()
    {
        var image = EncodedImage.Empty(_export.Config);
        var points = Math.Max(_pointsPerPrompt ?? 1, 1) + (_family.AddsPadding ? 1 : 0);
        var labels = new PromptTokenLabel[points];
        Array.Fill(labels, PromptTokenLabel.Foreground);
        labels[^1] = _family.AddsPadding ? PromptTokenLabel.Padding : labels[^1];
        var prompt = new PromptBatch(points, new float[2 * points], labels, default);
        var slice = new RunPrompts(prompt, [0], _promptsPerRun ?? 1, 0, points - (_family.AddsPadding ? 1 : 0), HasBox: false);
        return _session.Run(
            Inputs(image, slice),
            [_family.PredictedIou],
            outputs => outputs[0].GetTensorTypeAndShape().Shape[^1] switch
            {
                1 => 1,
                3 => 3,
                var other => throw Unexpected(_family.PredictedIou, "one mask or three for a prompt", $"{other}"),
            },
            CancellationToken.None);
    }

    private void Run(EncodedImage image, RunPrompts slice, ExportDecodedBatch batch, CancellationToken cancellationToken)
    {
        string[] names = [_family.Masks, _family.PredictedIou, .. _family.ObjectScore is { } score ? new[] { score } : []];
        _session.Run(
            Inputs(image, slice),
            names,
            outputs =>
            {
                var pixels = _export.Config.MaskSize * _export.Config.MaskSize;
                var masks = Read(outputs[0], names[0], slice.Size * MaskCount * pixels);
                var iou = Read(outputs[1], names[1], slice.Size * MaskCount);
                var scores = names.Length > 2 ? Read(outputs[2], names[2], slice.Size) : default;
                var frame = new ExportFrame(_export, image.ImageSize);
                var token = MaskCount == 1 ? 0 : 1;
                for (var i = 0; i < slice.Indices.Length; i++)
                {
                    var prompt = slice.Indices[i];
                    iou.Slice(i * MaskCount, MaskCount).CopyTo(batch.Iou.AsSpan((prompt * batch.MaskTokens) + token));
                    var logits = batch.Logits.AsSpan(((prompt * batch.MaskTokens) + token) * pixels, MaskCount * pixels);
                    masks.Slice(i * MaskCount * pixels, MaskCount * pixels).CopyTo(logits);
                    for (var mask = 0; mask < MaskCount; mask++)
                    {
                        frame.FromExport(logits.Slice(mask * pixels, pixels));
                    }

                    batch.ObjectScores[prompt] = scores.IsEmpty ? 0 : scores[i];
                }

                return true;
            },
            cancellationToken);

        ReadOnlySpan<float> Read(OrtValue value, string name, int length)
        {
            var info = value.GetTensorTypeAndShape();
            return info.ElementCount == (long)length * _images
                ? value.GetTensorDataAsSpan<float>()[..length]
                : throw Unexpected(
                    name,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{length} values ({slice.Size} prompts, {MaskCount} masks, {_export.Config.MaskSize} a side)"),
                    $"[{string.Join(", ", info.Shape)}]");
        }
    }

    private CheckpointFormatException Unexpected(string output, string expected, string found) =>
        new(Source, $"output {output}: expected {expected}, found {found}.");

    private List<(string Name, OrtValue Value)> Inputs(EncodedImage image, RunPrompts slice)
    {
        var (config, mask) = (_export.Config, _export.Config.MaskSize);
        var (d, e) = (config.HiddenSize, config.EmbeddingSize);
        var inputs = new List<(string Name, OrtValue Value)>();
        try
        {
            AddImage(_family.Embedding, image.ImageEmbedding, d, e);
            AddImage(_family.Features0, image.HighResolutionFeatures0, d / 8, mask);
            AddImage(_family.Features1, image.HighResolutionFeatures1, d / 4, mask / 2);
            AddPrompts(inputs, image, slice);
            if (_family.MaskInput is { } maskInput)
            {
                var values = new float[slice.Size * mask * mask];
                if (slice.Prompts.HasMaskInputs)
                {
                    var frame = new ExportFrame(_export, image.ImageSize);
                    for (var i = 0; i < slice.Indices.Length; i++)
                    {
                        var own = values.AsSpan(i * mask * mask, mask * mask);
                        slice.Prompts.MaskInputs.Span.Slice(slice.Indices[i] * mask * mask, mask * mask).CopyTo(own);
                        frame.ToExport(own);
                    }
                }

                inputs.Add((maskInput, ExportSession.Tensor<float>(values, slice.Size, 1, mask, mask)));

                // One for all, whatever the file calls its length: in the graphs of both families it meets another axis than that of
                // the prompts, and only one number fits there.
                var flags = new float[_maskFlags];
                Array.Fill(flags, slice.Prompts.HasMaskInputs ? 1 : 0);
                inputs.Add((_family.HasMaskInput!, ExportSession.Tensor<float>(flags, flags.Length)));
            }

            if (_family.OriginalSize is { } original)
            {
                // The masks at this size are not looked at, so it is the one that they have.
                inputs.Add((original, ExportSession.Tensor<int>(new[] { mask, mask }, 2)));
            }

            return inputs;
        }
        catch
        {
            inputs.ForEach(input => input.Value.Dispose());
            throw;
        }

        void AddImage(string name, ReadOnlyMemory<float> values, int channels, int side)
        {
            // Nothing writes to it.
            var all = _images == 1
                ? System.Runtime.InteropServices.MemoryMarshal.AsMemory(values)
                : Repeat(values.ToArray());
            inputs.Add((name, ExportSession.Tensor(all, _images, channels, side, side)));
        }
    }

    private void AddPrompts(List<(string Name, OrtValue Value)> inputs, EncodedImage image, RunPrompts slice)
    {
        var (scaleX, scaleY) = new ExportFrame(_export, image.ImageSize).Scale;
        var (size, points, prompts) = (slice.Size, slice.Points, slice.Prompts);

        // Places of a run that no prompt fills repeat its last one.
        var coordinates = new float[size * points * 2];
        var labels = new int[size * points];
        var boxes = new float[slice.HasBox ? 4 * size : 0];
        for (var i = 0; i < size; i++)
        {
            var token = slice.Indices[Math.Min(i, slice.Indices.Length - 1)] * prompts.PointsPerPrompt;
            if (slice.HasBox)
            {
                Copy(token, 2, boxes.AsSpan(4 * i));
            }

            Copy(token + slice.First, points, coordinates.AsSpan(i * points * 2));
            for (var j = 0; j < points; j++)
            {
                labels[(i * points) + j] = (int)prompts.Labels.Span[token + slice.First + j];
            }
        }

        // Boxes alone come with no points at all.
        var rows = slice.HasBox && points == 0 ? 1 : size;
        inputs.Add((
            _family.Points,
            _family.HasImageAxis
                ? ExportSession.Tensor<float>(Repeat(coordinates), _images, rows, points, 2)
                : ExportSession.Tensor<float>(coordinates, size, points, 2)));
        var shape = _family.HasImageAxis ? new long[] { _images, size, points } : [size, points];
        var all = _family.HasImageAxis ? Repeat(labels) : labels;
        inputs.Add((_family.Labels, _labelType switch
        {
            OnnxElementTypes.Int32 => ExportSession.Tensor<int>(all, shape),
            OnnxElementTypes.Int64 => ExportSession.Tensor<long>(Array.ConvertAll(all, label => (long)label), shape),
            _ => ExportSession.Tensor<float>(Array.ConvertAll(all, label => (float)label), shape),
        }));
        if (_family.Boxes is { } name)
        {
            inputs.Add((name, ExportSession.Tensor<float>(Repeat(boxes), _images, slice.HasBox ? size : 0, 4)));
        }

        void Copy(int token, int count, Span<float> target)
        {
            var values = prompts.Coordinates.Span.Slice(2 * token, 2 * count);
            for (var i = 0; i < count; i++)
            {
                target[2 * i] = values[2 * i] * scaleX;
                target[(2 * i) + 1] = values[(2 * i) + 1] * scaleY;
            }
        }
    }

    private T[] Repeat<T>(T[] values) =>
        _images == 1 ? values : [.. Enumerable.Range(0, _images).SelectMany(_ => values)];

    // Prompts of one run.
    private sealed record RunPrompts(PromptBatch Prompts, int[] Indices, int Size, int First, int Points, bool HasBox);
}
