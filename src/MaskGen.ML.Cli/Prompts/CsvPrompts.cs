using System.Text;
using Sylvan.Data.Csv;

namespace MaskGen.ML.Cli.Prompts;

/// <summary>Reads CSV files of prompts. The first row names the columns; commas, semicolons, tabs or bars separate them.</summary>
internal static class CsvPrompts
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidDataException">The file is not of this form.</exception>
    public static PromptFile Read(string path, ReadOnlyMemory<byte> bytes, PromptKind kind)
    {
        try
        {
            using var text = new StringReader(Utf8.GetString(bytes.Span).TrimStart('\uFEFF'));
            using var csv = CsvDataReader.Create(text, new CsvDataReaderOptions { HasHeaders = false });
            return Read(path, csv, kind);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: expected text in UTF-8, found other bytes.", e);
        }
        catch (CsvFormatException e)
        {
            throw new InvalidDataException(
                $"{path}, row {Math.Max(1, e.RowNumber)}: expected CSV or JSON, found something else: {e.Message}", e);
        }
    }

    private static PromptFile Read(string path, CsvDataReader csv, PromptKind kind)
    {
        var header = csv.Read() ? Fields(csv) : [];
        var columns = Columns(path, header, kind);
        bool Has(PromptFileColumn column) => columns.ContainsValue(column);
        var hasCorners = PromptRowReader.HasCorners(Has);

        // Whether labels of points are names, only all of them say.
        var isLabelOpen = kind == PromptKind.Point && !Has(PromptFileColumn.Positive) && Has(PromptFileColumn.Label);
        var (rows, open) = (new List<PromptRow>(), new List<PromptCells>());
        for (var row = 2; csv.Read(); row++)
        {
            var fields = Fields(csv);
            if (fields is [] or [""])
            {
                continue;
            }

            if (fields.Length != header.Length)
            {
                throw new InvalidDataException(
                    $"{path}, row {row}: expected {header.Length} values, one per column, found {fields.Length}.");
            }

            var cells = new PromptCells(
                $"{path}, row {row}",
                columns.Where(column => fields[column.Key].Trim().Length > 0).ToDictionary(
                    column => column.Value, column => new PromptCells.NamedText(header[column.Key].Trim(), fields[column.Key].Trim())));
            if (isLabelOpen)
            {
                open.Add(cells);
            }
            else
            {
                rows.Add(PromptRowReader.Read(kind, cells, hasCorners, labelsArePositive: false));
            }
        }

        var arePositive = open.TrueForAll(cells => PromptRowReader.IsPointLabel(cells.Text(PromptFileColumn.Label)));
        rows.AddRange(open.Select(cells => PromptRowReader.Read(kind, cells, hasCorners, arePositive)));
        string[] unused = [.. header.Where((_, index) => !columns.ContainsKey(index)).Select(name => $"'{name.Trim()}'")];
        return new PromptFile(
            path,
            Has(PromptFileColumn.Image),
            rows,
            unused.Length == 0 ? [] : [$"{path}: not used of its columns: {string.Join(", ", unused)}."]);
    }

    private static Dictionary<int, PromptFileColumn> Columns(string path, string[] header, PromptKind kind)
    {
        var columns = new Dictionary<int, PromptFileColumn>();
        for (var i = 0; i < header.Length; i++)
        {
            if (PromptFileColumn.Find(header[i]) is { } column)
            {
                if (columns.FirstOrDefault(other => other.Value == column) is { Value: not null } other)
                {
                    throw new InvalidDataException(
                        $"{path}, row 1: expected one column for {column.Names[0]}, found '{header[other.Key]}' and '{header[i]}'.");
                }

                columns[i] = column;
            }
        }

        return PromptRowReader.IsEnough(kind, columns.ContainsValue)
            ? columns
            : throw new InvalidDataException(
                $"{path}, row 1: expected the names of the columns ({PromptRowReader.Expected(kind)}), "
                + $"found {(header.Length == 0 ? "nothing" : $"'{string.Join(',', header)}'")}.");
    }

    private static string[] Fields(CsvDataReader csv)
    {
        var fields = new string[csv.RowFieldCount];
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = csv.GetString(i);
        }

        return fields;
    }
}
