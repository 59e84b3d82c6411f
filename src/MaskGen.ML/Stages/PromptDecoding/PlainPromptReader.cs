using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Puts the prompts of a row together from plain vectors of points, labels, object indices, boxes and earlier masks.</summary>
internal sealed class PlainPromptReader : PromptReader
{
    private readonly Sam2PromptDecodingOptions _options;
    private readonly int _maskPixels;
    private readonly Func<float[]> _points;
    private readonly Func<float[]>? _labels;
    private readonly Func<float[]>? _objects;
    private readonly Func<float[]> _boxes;
    private readonly Func<float[]> _masks;

    public PlainPromptReader(DataViewRow row, Sam2PromptDecodingOptions options, int maskPixels)
    {
        _options = options;
        _maskPixels = maskPixels;
        _points = Reader(row, options.PointColumn) ?? (() => []);
        _labels = Reader(row, options.PointLabelColumn);
        _objects = Reader(row, options.PointObjectColumn);
        _boxes = Reader(row, options.BoxColumn) ?? (() => []);
        _masks = Reader(row, options.MaskLogitsColumn) ?? (() => []);
    }

    public override IReadOnlyList<Sam2Prompt> Read()
    {
        var points = ReadPoints();
        var boxes = ReadBoxes();
        var masks = ReadMasks();
        var objects = ReadObjects(points.Length, boxes.Length, masks.Length);
        var count = Math.Max(Math.Max(boxes.Length, masks.Length), objects.Length == 0 ? 0 : objects.Max() + 1);
        var pointsOfObjects = new List<PointPrompt>?[count];
        for (var i = 0; i < points.Length; i++)
        {
            (pointsOfObjects[objects[i]] ??= []).Add(points[i]);
        }

        var prompts = new Sam2Prompt[count];
        for (var i = 0; i < count; i++)
        {
            prompts[i] = new Sam2Prompt
            {
                Points = pointsOfObjects[i]?.ToArray() ?? [],
                Box = i < boxes.Length ? boxes[i] : null,
                MaskLogits = i < masks.Length ? masks[i] : null,
            };
        }

        return prompts;
    }

    private static Func<float[]>? Reader(DataViewRow row, string? columnName)
    {
        if (columnName is null)
        {
            return null;
        }

        // The schema was checked: a vector of Single, or for labels and indices of Int32.
        return ((VectorDataViewType)row.Schema[columnName].Type).ItemType == NumberDataViewType.Int32
            ? IntegerReader(row, columnName)
            : new TensorReader(row, columnName).Read;
    }

    private static Func<float[]> IntegerReader(DataViewRow row, string columnName)
    {
        var getter = row.GetGetter<VBuffer<int>>(row.Schema[columnName]);
        VBuffer<int> buffer = default;
        return () =>
        {
            getter(ref buffer);
            var values = new int[buffer.Length];
            buffer.CopyTo(values);
            return Array.ConvertAll(values, value => (float)value);
        };
    }

    private PointPrompt[] ReadPoints()
    {
        var coordinates = _points();
        CheckMultiple(_options.PointColumn, coordinates.Length, 2, "x and y of each point");
        TensorReader.ThrowIfNotFinite(_options.PointColumn, coordinates);
        var labels = _labels?.Invoke();
        CheckCount(_options.PointLabelColumn, labels, coordinates.Length / 2);
        var points = new PointPrompt[coordinates.Length / 2];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = new PointPrompt(
                coordinates[2 * i], coordinates[(2 * i) + 1], labels is null ? PointLabel.Foreground : Label(labels[i], i));
        }

        return points;
    }

    private PointLabel Label(float value, int index) => value switch
    {
        0 => PointLabel.Background,
        1 => PointLabel.Foreground,
        _ => throw new InvalidDataException(string.Create(
            CultureInfo.InvariantCulture,
            $"Column '{_options.PointLabelColumn}': expected 1 (foreground) or 0 (background), found {value} at index {index}.")),
    };

    private BoxXyxy?[] ReadBoxes()
    {
        var edges = _boxes();
        CheckMultiple(_options.BoxColumn, edges.Length, 4, "left, upper, right and lower edge of each box");
        var boxes = new BoxXyxy?[edges.Length / 4];
        for (var i = 0; i < boxes.Length; i++)
        {
            var box = edges.AsSpan(4 * i, 4);
            if (!IsMissing(box))
            {
                TensorReader.ThrowIfNotFinite(_options.BoxColumn, box, first: 4 * i);
                boxes[i] = new BoxXyxy(box[0], box[1], box[2], box[3]);
            }
        }

        return boxes;
    }

    private ReadOnlyMemory<float>?[] ReadMasks()
    {
        var logits = _masks();
        CheckMultiple(_options.MaskLogitsColumn, logits.Length, _maskPixels, "logits of each mask");
        var masks = new ReadOnlyMemory<float>?[logits.Length / _maskPixels];
        for (var i = 0; i < masks.Length; i++)
        {
            var mask = logits.AsMemory(i * _maskPixels, _maskPixels);
            if (!IsMissing(mask.Span))
            {
                TensorReader.ThrowIfNotFinite(_options.MaskLogitsColumn, mask.Span, first: i * _maskPixels);
                masks[i] = mask;
            }
        }

        return masks;
    }

    /// <summary>The object of each point.</summary>
    private int[] ReadObjects(int points, int boxes, int masks)
    {
        if (_objects is null)
        {
            // As on the command line: all points are one object, and may go with its box; several boxes are several objects.
            return points == 0 || Math.Max(boxes, masks) <= 1
                ? new int[points]
                : throw new InvalidDataException(
                    $"Column '{_options.PointColumn}': expected {nameof(Sam2PromptDecodingOptions.PointObjectColumn)} to say which of "
                    + $"{Math.Max(boxes, masks)} objects each point belongs to, found it not named.");
        }

        var values = _objects();
        CheckCount(_options.PointObjectColumn, values, points);

        // Objects are numbered without gaps, and those beyond boxes and masks need a point each.
        var limit = Math.Max(boxes, masks) + points;
        var objects = new int[points];
        for (var i = 0; i < points; i++)
        {
            var value = values[i];
            objects[i] = value >= 0 && value < limit && value == MathF.Floor(value)
                ? (int)value
                : throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Column '{_options.PointObjectColumn}': expected indices of objects from 0, found {value} at index {i}; with as many "
                    + $"points, boxes and masks as in this row it can be {limit - 1} at most."));
        }

        ThrowIfGap(objects, Math.Max(boxes, masks));
        return objects;
    }

    private void ThrowIfGap(int[] objects, int withBoxOrMask)
    {
        var hasPoint = new bool[objects.Append(-1).Max() + 1];
        foreach (var index in objects)
        {
            hasPoint[index] = true;
        }

        for (var i = withBoxOrMask; i < hasPoint.Length; i++)
        {
            if (!hasPoint[i])
            {
                throw new InvalidDataException(
                    $"Column '{_options.PointObjectColumn}': expected objects without a gap in their indices, found a point of object "
                    + $"{hasPoint.Length - 1} and nothing of object {i}.");
            }
        }
    }

    private static bool IsMissing(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsNaN(value))
            {
                return false;
            }
        }

        return true;
    }

    private static void CheckMultiple(string? columnName, int length, int unit, string meaning)
    {
        if (length % unit != 0)
        {
            throw new InvalidDataException($"Column '{columnName}': expected a multiple of {unit} values ({meaning}), found {length}.");
        }
    }

    private static void CheckCount(string? columnName, float[]? values, int points)
    {
        if (values is not null && values.Length != points)
        {
            throw new InvalidDataException(
                $"Column '{columnName}': expected one value for each of {points} points, found {values.Length}.");
        }
    }
}
