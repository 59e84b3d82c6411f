using MaskGen.ML.DataView;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Data that a stage must refuse, and what the refusal must say.</summary>
/// <param name="Data">The data.</param>
/// <param name="Column">The column that is wrong.</param>
/// <param name="Expected">The type that should be there, as in the message.</param>
/// <param name="Found">What is there, as in the message.</param>
internal sealed record WrongData(IDataView Data, string Column, string Expected, string Found);

/// <summary>What holds for every stage.</summary>
internal static class StageContract
{
    /// <param name="ml">The context.</param>
    /// <param name="estimator">The stage.</param>
    /// <param name="dataName">Its input: a name that <see cref="StageData.Create"/> knows.</param>
    /// <param name="added">The columns that it must add, in their order.</param>
    /// <param name="wrong">Input that it must refuse.</param>
    public static void Verify<TTransformer>(
        MLContext ml, RowMappingEstimator<TTransformer> estimator, string dataName, string[] added, params WrongData[] wrong)
        where TTransformer : RowMappingTransformer
    {
        var data = StageData.Create(ml, dataName);
        using var transformer = estimator.Fit(data);
        VerifySchema(estimator, transformer, data, added);
        foreach (var item in wrong)
        {
            VerifyRefusal(estimator, transformer, item);
        }

        var view = transformer.Transform(data);
        VerifyLaziness(transformer, view, added);
        var expected = ColumnDigest.Of(view, added);
        VerifyCursors(view, added, expected);
        VerifyRows(transformer, data, added, expected);
        VerifySaving(ml, transformer, data, dataName, added, expected);
        VerifyDisposal(ml, transformer, view, added);
        VerifyCancellation(ml, estimator, data, added);
    }

    private static void VerifySchema<TTransformer>(
        RowMappingEstimator<TTransformer> estimator, TTransformer transformer, IDataView data, string[] added)
        where TTransformer : RowMappingTransformer
    {
        var promised = estimator.GetOutputSchema(SchemaShapes.Of(data.Schema));
        var view = transformer.Transform(data);
        Assert.Equal(added, view.Schema.Skip(data.Schema.Count).Select(column => column.Name));
        Assert.Equal(Describe(promised), Describe(SchemaShapes.Of(view.Schema)));
        Assert.Equal(Describe(promised), Describe(SchemaShapes.Of(transformer.GetOutputSchema(data.Schema))));
        Assert.Equal(Describe(promised), Describe(SchemaShapes.Of(transformer.GetRowToRowMapper(data.Schema).OutputSchema)));
        Assert.True(transformer.IsRowToRowMapper);
    }

    private static IEnumerable<string> Describe(SchemaShape shape) =>
        shape.Select(column => $"{column.Name}: {column.Kind} {column.ItemType} {string.Join(' ', Describe(column.Annotations))}").Order();

    private static IEnumerable<string> Describe(DataViewSchema.Annotations annotations) => Describe(SchemaShapes.Of(annotations.Schema));

    private static void VerifyRefusal<TTransformer>(RowMappingEstimator<TTransformer> estimator, TTransformer transformer, WrongData wrong)
        where TTransformer : RowMappingTransformer
    {
        Action[] calls =
        [
            () => estimator.GetOutputSchema(SchemaShapes.Of(wrong.Data.Schema)),
            () => estimator.Fit(wrong.Data),
            () => transformer.GetOutputSchema(wrong.Data.Schema),
            () => transformer.Transform(wrong.Data),
            () => transformer.GetRowToRowMapper(wrong.Data.Schema),
        ];
        foreach (var call in calls)
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(call);
            Assert.Contains($"'{wrong.Column}'", error.Message, StringComparison.Ordinal);
            Assert.Contains($"expected {wrong.Expected}", error.Message, StringComparison.Ordinal);
            Assert.Contains($"found {wrong.Found}", error.Message, StringComparison.Ordinal);
        }
    }

    private static void VerifyLaziness(RowMappingTransformer transformer, IDataView view, string[] added)
    {
        var rows = (long)StageData.Paths.Length;
        Assert.Equal(0, transformer.ComputedRows);
        Assert.Equal(rows, Count(view.GetRowCursor(view.Schema.Where(column => !added.Contains(column.Name)))));
        Assert.Equal(0, transformer.ComputedRows);

        // Active but never read costs nothing either.
        Assert.Equal(rows, Count(view.GetRowCursor(view.Schema)));
        Assert.Equal(0, transformer.ComputedRows);

        foreach (var columns in added.Select(column => (string[])[column]).Append(added))
        {
            var before = transformer.ComputedRows;
            Assert.Equal(rows, ColumnDigest.Of(view, columns).Count);
            Assert.Equal(rows, transformer.ComputedRows - before);
        }
    }

    private static long Count(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            long count = 0;
            while (cursor.MoveNext())
            {
                count++;
            }

            return count;
        }
    }

    private static void VerifyCursors(IDataView view, string[] added, List<string> expected)
    {
        var columns = view.Schema.Where(column => added.Contains(column.Name)).ToList();
        using var first = view.GetRowCursor(columns);
        using var second = Assert.Single(view.GetRowCursorSet(columns, 4));
        var readFirst = ColumnDigest.Reader(first, added);
        var readSecond = ColumnDigest.Reader(second, added);

        // The second runs one row behind the first.
        var interleaved = new List<string>();
        while (first.MoveNext())
        {
            interleaved.Add(readFirst());
            if (interleaved.Count > 1)
            {
                Assert.True(second.MoveNext());
                Assert.Equal(expected[interleaved.Count - 2], readSecond());
            }
        }

        Assert.Equal(expected, interleaved);
        Assert.Equal(expected, ParallelDigests(view, added));
    }

    private static List<string> ParallelDigests(IDataView view, string[] added)
    {
        var digests = new List<string>[3];
        Parallel.For(0, digests.Length, i => digests[i] = ColumnDigest.Of(view, added));
        Assert.All(digests, digest => Assert.Equal(digests[0], digest));
        return digests[0];
    }

    private static void VerifyRows(RowMappingTransformer transformer, IDataView data, string[] added, List<string> expected)
    {
        var mapper = transformer.GetRowToRowMapper(data.Schema);
        var needed = mapper.OutputSchema.Where(column => added.Contains(column.Name)).ToList();
        using var cursor = data.GetRowCursor(mapper.GetDependencies(needed));
        using var row = mapper.GetRow(cursor, needed);
        var read = ColumnDigest.Reader(row, added);
        var digests = new List<string>();
        while (cursor.MoveNext())
        {
            digests.Add(read());
        }

        Assert.Equal(expected, digests);
    }

    private static void VerifySaving(
        MLContext ml, RowMappingTransformer transformer, IDataView data, string dataName, string[] added, List<string> expected)
    {
        using var folder = new TestFolder();
        var path = folder["model.zip"];
        ml.Model.Save(transformer, data.Schema, path);
        Assert.Equal(expected, ChildProcess.Digest(path, dataName, added));

        // What was loaded can be saved again and is still the same.
        var again = folder["again.zip"];
        using (var loaded = (IDisposable)ml.Model.Load(path, out var schema))
        {
            ml.Model.Save((ITransformer)loaded, schema, again);
        }

        using var reloaded = (IDisposable)ml.Model.Load(again, out _);
        Assert.Equal(expected, ColumnDigest.Of(((ITransformer)reloaded).Transform(data), added));
    }

    // The last of all: a context stays cancelled.
    private static void VerifyCancellation<TTransformer>(
        MLContext ml, RowMappingEstimator<TTransformer> estimator, IDataView data, string[] added)
        where TTransformer : RowMappingTransformer
    {
        using var transformer = estimator.Fit(data);
        var view = transformer.Transform(data);
        Contexts.Cancel(ml);
        foreach (var column in added)
        {
            var error = Assert.Throws<OperationCanceledException>(() => ColumnDigest.Of(view, [column]));
            Assert.Contains("MLContext", error.Message, StringComparison.Ordinal);
        }
    }

    private static void VerifyDisposal(MLContext ml, RowMappingTransformer transformer, IDataView view, string[] added)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        var read = ColumnDigest.Reader(cursor, added);
        transformer.Dispose();
        transformer.Dispose();

        // A new cursor, one that was made before, and saving.
        Action[] calls =
        [
            () => ColumnDigest.Of(view, added),
            () =>
            {
                Assert.True(cursor.MoveNext());
                read();
            },
            () => ml.Model.Save(transformer, view.Schema, new MemoryStream()),
        ];
        foreach (var call in calls)
        {
            var error = Assert.Throws<ObjectDisposedException>(call);
            Assert.Equal(transformer.GetType().Name, error.ObjectName);
            Assert.Contains("OwnsTransformer", error.Message, StringComparison.Ordinal);
        }
    }
}
