using System.IO.Compression;
using MaskGen.ML.Masks;
using Parquet;
using Parquet.Schema;

namespace MaskGen.ML.Results;

/// <summary>Writes masks as the rows of a Parquet file, a row per mask; an image without masks, or one that failed, has a row without a
/// mask. Not safe for concurrent use.</summary>
/// <remarks>Rows are written in groups as they come, so memory does not grow with the number of images.</remarks>
internal sealed class MaskTableWriter
{
    /// <summary>Name of the image.</summary>
    public static readonly DataField<string> Image = new("image", false);

    /// <summary>Why it has no results.</summary>
    public static readonly DataField<string> Error = new("error", true);

    // A group is in memory until it is written.
    private const int RowsPerGroup = 20_000;
    private const long CharactersPerGroup = 1 << 24;

    private static readonly DataField<int?> Width = new("width");
    private static readonly DataField<int?> Height = new("height");
    private static readonly DataField<int?> Mask = new("mask");
    private static readonly DataField<string> Label = new("label", true);
    private static readonly DataField<float?> PredictedIou = new("predicted_iou");
    private static readonly DataField<float?> StabilityScore = new("stability_score");
    private static readonly DataField<long?> Area = new("area");
    private static readonly DataField<int?> X = new("x");
    private static readonly DataField<int?> Y = new("y");
    private static readonly DataField<int?> W = new("w");
    private static readonly DataField<int?> H = new("h");
    private static readonly DataField<string> CocoRuns = new("coco_rle", true);

    private static readonly DataField[] Columns =
        [Image, Width, Height, Error, Mask, Label, PredictedIou, StabilityScore, Area, X, Y, W, H, CocoRuns];

    private readonly IReadOnlyList<(DataField Field, object Value)> _constants;
    private readonly ParquetWriter _writer;
    private readonly List<TableRow> _rows = [];
    private long _characters;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where it goes; stays open.</param>
    /// <param name="constants">Further columns, with the text or the whole number that every row has.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public MaskTableWriter(Stream stream, params (string Name, object Value)[] constants)
    {
        _constants = [.. constants.Select(column => (Field(column.Name, column.Value), column.Value))];

        // The smallest size takes twenty times as long as this one, for two per cent.
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal };
        var schema = new ParquetSchema([.. Columns, .. _constants.Select(column => column.Field)]);
        _writer = ParquetWriter.CreateAsync(schema, stream, options).GetAwaiter().GetResult();
    }

    /// <summary>Number of rows so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Adds an image and its masks.</summary>
    /// <param name="image">Its name, with <c>/</c> between folders.</param>
    /// <param name="masks">Its masks.</param>
    /// <exception cref="IOException">It cannot be written; the file is then worth nothing.</exception>
    public void Add(string image, MaskSet masks)
    {
        var (width, height) = (masks.ImageSize.Width, masks.ImageSize.Height);
        if (masks.Count == 0)
        {
            Add(new TableRow(image, width, height, Error: null, Number: null, Mask: null, Runs: null));
        }

        for (var i = 0; i < masks.Count; i++)
        {
            Add(new TableRow(image, width, height, Error: null, i + 1, masks[i], CocoRle.Encode(masks[i].Segmentation)));
        }
    }

    /// <summary>Adds an image that has no results.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void AddFailure(string image, string error) =>
        Add(new TableRow(image, Width: null, Height: null, error, Number: null, Mask: null, Runs: null));

    /// <summary>Writes the end of the file. A file without it is worth nothing, so there is nothing to dispose of.</summary>
    /// <param name="metadata">What stands in the metadata of the file, asked for when all rows are written.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Complete(Func<Dictionary<string, string>> metadata)
    {
        WriteGroup();
        _writer.CustomMetadata = metadata();

        // On this thread all the same: nothing here waits for anything but the disk.
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static DataField Field(string name, object value) =>
        value is int ? new DataField<int?>(name) : new DataField<string>(name, false);

    private static float? NumberOrNull(float? score) => score is { } number && float.IsFinite(number) ? number : null;

    private void Add(TableRow row)
    {
        RowCount++;
        _rows.Add(row);
        _characters += row.Runs?.Length ?? 0;
        if (_rows.Count >= RowsPerGroup || _characters >= CharactersPerGroup)
        {
            WriteGroup();
        }
    }

    private void WriteGroup()
    {
        if (_rows.Count == 0)
        {
            return;
        }

        using (var group = _writer.CreateRowGroup())
        {
            Write(group, Image, row => row.Image);
            Write(group, Width, row => row.Width);
            Write(group, Height, row => row.Height);
            Write(group, Error, row => row.Error);
            Write(group, Mask, row => row.Number);
            Write(group, Label, row => row.Mask?.Label);
            Write(group, PredictedIou, row => NumberOrNull(row.Mask?.PredictedIou));
            Write(group, StabilityScore, row => NumberOrNull(row.Mask?.StabilityScore));
            Write(group, Area, row => row.Mask?.Area);
            Write(group, X, row => row.Extent?.Left);
            Write(group, Y, row => row.Extent?.Top);
            Write(group, W, row => row.Extent is { } box ? box.Right - box.Left : (int?)null);
            Write(group, H, row => row.Extent is { } box ? box.Bottom - box.Top : (int?)null);
            Write(group, CocoRuns, row => row.Runs);
            foreach (var (field, value) in _constants)
            {
                if (value is int number)
                {
                    Write(group, field, _ => (int?)number);
                }
                else
                {
                    Write(group, field, _ => (string)value);
                }
            }

            group.CompleteValidate();
        }

        _rows.Clear();
        _characters = 0;
    }

    private void Write<T>(ParquetRowGroupWriter group, DataField field, Func<TableRow, T?> value)
        where T : struct =>
        group.WriteAsync<T>(field, _rows.Select(value).ToArray()).GetAwaiter().GetResult();

    private void Write(ParquetRowGroupWriter group, DataField field, Func<TableRow, string?> value) =>
        group.WriteAsync(field, _rows.Select(value).ToArray()!).GetAwaiter().GetResult();

    private sealed record TableRow(string Image, int? Width, int? Height, string? Error, int? Number, MaskRecord? Mask, string? Runs)
    {
        // As COCO has it: width and height count the last pixel.
        public PixelExtent? Extent { get; } = Mask is null ? null : PixelExtent.Of(Mask.Segmentation);
    }
}
