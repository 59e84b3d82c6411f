using DuckDB.NET.Data;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>Files are read by DuckDB, which shares no code with what writes them.</summary>
public class MaskTableTests
{
    [Theory]
    [MemberData(nameof(FormatCases.Names), MemberType = typeof(FormatCases))]
    public void Write_AnyMasks_AreReadByDuckDb(string name)
    {
        var masks = FormatCases.Masks(name);
        using var run = new FormatRun("parquet");
        run.Write("写真 'ü'.png", masks);
        Assert.Equal(run["masks.parquet"], run.Complete());

        var rows = Query(run["masks.parquet"], "select * from t");
        Assert.Equal(masks.Count, rows.Count);
        for (var i = 0; i < masks.Count; i++)
        {
            var (row, box) = (rows[i], PixelExtent.Of(masks[i].Segmentation));
            Assert.Equal(
                [
                    "写真 'ü'.png", masks.ImageSize.Width, masks.ImageSize.Height, null, i + 1, null, masks[i].PredictedIou,
                    masks[i].StabilityScore, masks[i].Area, box.Left, box.Top, box.Right - box.Left, box.Bottom - box.Top,
                    CocoRle.Encode(masks[i].Segmentation),
                ],
                row);
        }
    }

    [Fact]
    public void Write_ImagesWithoutMasksAndFailures_HaveARowEach()
    {
        using var folder = new TestFolder();
        var empty = TestMask.Record(TestMask.Draw("..", "..")) with { PredictedIou = 0.5f, StabilityScore = float.NaN };
        using (var table = new MaskTable(folder["t.parquet"], new ResultStamp(MaskTable.Kind)))
        {
            table.Add("a.png", new MaskSet(new ImageSize(2, 2), []));
            table.Add("b.png", new MaskSet(new ImageSize(2, 2), [empty, empty]));
            table.AddFailure("c.png", "not an image");
            table.Complete();
        }

        Assert.Equal(
            [[3L, 2L, 1L]],
            Query(folder["t.parquet"], "select count(distinct image), count(mask), count(error) from t"));
        Assert.Equal([[0L]], Query(folder["t.parquet"], "select count(stability_score) from t"));
        Assert.Equal([["c.png", "not an image"]], Query(folder["t.parquet"], "select image, error from t where error is not null"));
    }

    [Fact]
    public void Write_LabelsAndFolders_AreInTheirColumns()
    {
        using var run = new FormatRun("parquet");
        var masks = FormatCases.Masks("pixel");
        run.Write("a/x.png", masks);
        run.Write("b/x.png", new MaskSet(masks.ImageSize, [masks[0] with { Label = "写真 \"1\"" }]));
        run.Complete();

        Assert.Equal(
            [["a/x.png", null], ["b/x.png", "写真 \"1\""]], Query(run["masks.parquet"], "select image, label from t order by image"));
    }

    [Fact]
    public void Write_MoreRowsThanAGroup_AreAllThere()
    {
        using var folder = new TestFolder();
        var masks = TestMask.Set([.. Enumerable.Repeat(TestMask.Draw("#.", ".."), 3000)]);
        using (var table = new MaskTable(folder["t.parquet"], new ResultStamp(MaskTable.Kind)))
        {
            for (var i = 0; i < 10; i++)
            {
                table.Add($"{i}.png", masks);
            }

            table.Complete();
        }

        Assert.Equal([[30_000L, 10L, 3000]], Query(folder["t.parquet"], "select count(*), count(distinct image), max(mask) from t"));
    }

    [Fact]
    public void Dispose_NotComplete_LeavesNoFile()
    {
        using var folder = new TestFolder();
        using (var table = new MaskTable(folder["t.parquet"], new ResultStamp(MaskTable.Kind)))
        {
            table.Add("a.png", FormatCases.Masks("ring"));
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Inspect_OwnFileWithOtherValuesUnderTheStamp_IsNotOurs()
    {
        var bytes = ResultSamples.Bytes(MaskTable.Kind);
        Assert.Equal(ResultFileOwner.Us, Inspect(bytes).Owner);
        bytes[40] ^= 1;

        Assert.Equal(ResultFileOwner.Other, Inspect(bytes).Owner);

        static ResultFileState Inspect(byte[] file) => ResultFile.Inspect(new MemoryStream(file), MaskTable.Kind);
    }

    private static List<object?[]> Query(string path, string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql.Replace(
            "from t", $"from read_parquet('{path.Replace("'", "''", StringComparison.Ordinal)}')", StringComparison.Ordinal);
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        }

        return rows;
    }
}
