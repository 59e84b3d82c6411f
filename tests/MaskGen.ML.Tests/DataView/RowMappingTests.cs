using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.DataView;

/// <summary>The mapping of rows with a stage that multiplies, so that nothing but the mapping can be wrong.</summary>
public class RowMappingTests
{
    private const float Unmakeable = 13;

    private readonly MLContext _ml = new(seed: 1);
    private readonly List<float> _computed = [];
    private readonly TransformerState _state = new("Doubling");

    [Fact]
    public void GetRowCursor_SeveralColumnsRead_ComputesOncePerRow()
    {
        var view = Map(Numbers(3, 5));
        using var cursor = view.GetRowCursor(view.Schema);
        var getDouble = cursor.GetGetter<float>(view.Schema["Double"]);
        var getDigits = cursor.GetGetter<VBuffer<float>>(view.Schema["Digits"]);
        float value = 0;
        VBuffer<float> digits = default;
        while (cursor.MoveNext())
        {
            getDouble(ref value);
            getDigits(ref digits);
            getDouble(ref value);
        }

        Assert.Equal(10, value);
        Assert.Equal(5, digits.Length);
        Assert.Equal([3, 5], _computed);
    }

    [Fact]
    public void GetRowCursor_OutputNamedLikeTheInput_HidesItAndStillReadsIt()
    {
        var view = Map(Numbers(4), "Number");
        Assert.True(view.Schema[0].IsHidden);
        using var cursor = view.GetRowCursor([view.Schema["Number"]]);
        Assert.True(cursor.MoveNext());
        float value = 0;
        cursor.GetGetter<float>(view.Schema["Number"])(ref value);
        Assert.Equal(8, value);
    }

    [Fact]
    public void Getter_ComputationFails_NamesTheRowAndForgetsTheOneBefore()
    {
        var view = Map(Numbers(1, -1, 2));
        using var cursor = view.GetRowCursor(view.Schema);
        var getDouble = cursor.GetGetter<float>(view.Schema["Double"]);
        float value = 0;
        Assert.True(cursor.MoveNext());
        getDouble(ref value);
        Assert.True(cursor.MoveNext());
        var error = Assert.Throws<InvalidOperationException>(() => getDouble(ref value));
        Assert.Equal("Row 1 (minus one): it is negative", error.Message);
        Assert.IsType<InvalidDataException>(error.InnerException);

        // Asked again, it fails again: nothing of row 0 is handed out for row 1.
        Assert.Throws<InvalidOperationException>(() => getDouble(ref value));
        Assert.True(cursor.MoveNext());
        getDouble(ref value);
        Assert.Equal(4, value);
    }

    [Fact]
    public void Getter_ComputationCancelled_IsNotDressedUp()
    {
        var view = Map(Numbers(float.NaN));
        using var cursor = view.GetRowCursor(view.Schema);
        var getDouble = cursor.GetGetter<float>(view.Schema["Double"]);
        Assert.True(cursor.MoveNext());
        float value = 0;
        Assert.Throws<OperationCanceledException>(() => getDouble(ref value));
    }

    [Fact]
    public void Getter_ValueCannotBeMadeFromTheResult_NamesTheRow()
    {
        // As masks that are made only when a column needs them: the computation itself went well.
        var view = Map(Numbers(1, Unmakeable));
        using var cursor = view.GetRowCursor(view.Schema);
        var getDouble = cursor.GetGetter<float>(view.Schema["Double"]);
        var getDigits = cursor.GetGetter<VBuffer<float>>(view.Schema["Digits"]);
        float value = 0;
        VBuffer<float> digits = default;
        Assert.True(cursor.MoveNext() && cursor.MoveNext());
        foreach (var get in (Action[])[() => getDouble(ref value), () => getDigits(ref digits)])
        {
            var error = Assert.Throws<InvalidOperationException>(get);
            Assert.Equal("Row 1 (minus one): it cannot be made", error.Message);
            Assert.IsType<InvalidDataException>(error.InnerException);
        }
    }

    [Fact]
    public void Getter_FailureOfTheStageBelow_NamesTheRowOnce()
    {
        var below = Map(Numbers(1, -1));
        var above = new RowMappingDataView(below, new RowMapper<float>(
            below.Schema,
            [InputColumn.Scalar<NumberDataViewType>("Double", "a number", "Some advice.")],
            [OutputColumn.Scalar<float, float>("Again", NumberDataViewType.Single, number => number)],
            row =>
            {
                var getter = row.GetGetter<float>(row.Schema["Double"]);
                return new RowComputation<float>(() =>
                {
                    float number = 0;
                    getter(ref number);
                    return number;
                });
            },
            new TransformerState("Again")));
        using var cursor = above.GetRowCursor(above.Schema);
        var get = cursor.GetGetter<float>(above.Schema["Again"]);
        float value = 0;
        Assert.True(cursor.MoveNext() && cursor.MoveNext());
        Assert.Equal("Row 1 (minus one): it is negative", Assert.Throws<InvalidOperationException>(() => get(ref value)).Message);
    }

    [Fact]
    public void Getter_TransformerDisposed_SaysWhichAndWhy()
    {
        var view = Map(Numbers(1));
        using var cursor = view.GetRowCursor(view.Schema);
        var getDouble = cursor.GetGetter<float>(view.Schema["Double"]);
        float value = 0;
        Assert.True(cursor.MoveNext());
        Assert.True(_state.TryDispose());
        Assert.False(_state.TryDispose());
        Assert.Equal("Doubling", Assert.Throws<ObjectDisposedException>(() => getDouble(ref value)).ObjectName);
        Assert.Empty(_computed);
    }

    [Fact]
    public void GetGetter_OfAnotherTypeOrNotActive_SaysSo()
    {
        var view = Map(Numbers(1));
        using var cursor = view.GetRowCursor([view.Schema["Double"]]);
        var wrongType = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["Double"]));
        Assert.Contains("System.Single", wrongType.Message, StringComparison.Ordinal);
        Assert.Contains("System.Int32", wrongType.Message, StringComparison.Ordinal);
        Assert.Contains(
            "'Digits' is not active",
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Digits"])).Message,
            StringComparison.Ordinal);
        Assert.False(cursor.IsColumnActive(view.Schema["Digits"]));
        Assert.True(cursor.IsColumnActive(view.Schema["Double"]));
    }

    [Fact]
    public void GetRowCursor_ColumnOfAnotherView_IsRefused()
    {
        var other = _ml.Data.LoadFromEnumerable([new Other()]);
        Assert.Throws<ArgumentException>(() => Map(Numbers(1)).GetRowCursor([other.Schema["Something"]]));
    }

    [Fact]
    public void GetRow_OfAnotherSchema_IsRefused()
    {
        IRowToRowMapper mapper = Map(Numbers(1));
        using var cursor = Numbers(2).GetRowCursor([]);
        Assert.Throws<ArgumentException>(() => mapper.GetRow(cursor, mapper.OutputSchema));
    }

    [Fact]
    public void GetDependencies_NamesJustWhatIsRead()
    {
        IRowToRowMapper mapper = Map(_ml.Data.LoadFromEnumerable([new Other()]));
        Assert.Equal(["Number"], mapper.GetDependencies([mapper.OutputSchema["Digits"]]).Select(column => column.Name));
        Assert.Equal(["Something"], mapper.GetDependencies([mapper.OutputSchema["Something"]]).Select(column => column.Name));
        Assert.Empty(mapper.GetDependencies([]));
    }

    [Fact]
    public void GetRowCursorSet_NoColumnOfTheStageWanted_LeavesTheNumberToTheSource()
    {
        var source = _ml.Data.Cache(Numbers([.. Enumerable.Range(0, 1000).Select(i => (float)i)]));
        var view = Map(source);
        var cursors = view.GetRowCursorSet([view.Schema["Number"]], 4);
        Assert.Equal(source.GetRowCursorSet(source.Schema, 4).Length, cursors.Length);
        Assert.Single(view.GetRowCursorSet(view.Schema, 4));
        Assert.Empty(_computed);
    }

    private RowMappingDataView Map(IDataView source, string name = "Double") => new(source, new RowMapper<float>(
        source.Schema,
        [InputColumn.Scalar<NumberDataViewType>("Number", "a number", "Some advice.")],
        [
            OutputColumn.Scalar<float, float>(name, NumberDataViewType.Single, number => 2 * Made(number)),
            OutputColumn.Vector<float, float>(
                "Digits", new VectorDataViewType(NumberDataViewType.Single), number => (int)Made(number),
                (number, items) => items.Fill(number)),
        ],
        Bind,
        _state));

    private static float Made(float number) =>
        number == Unmakeable ? throw new InvalidDataException("it cannot be made") : number;

    private RowComputation<float> Bind(DataViewRow row)
    {
        var getter = row.GetGetter<float>(row.Schema["Number"]);
        return new RowComputation<float>(
            () =>
            {
                float number = 0;
                getter(ref number);
                if (float.IsNaN(number))
                {
                    throw new OperationCanceledException();
                }

                if (number < 0)
                {
                    throw new InvalidDataException("it is negative");
                }

                _computed.Add(number);
                return number;
            },
            () => "minus one");
    }

    private IDataView Numbers(params float[] numbers) =>
        _ml.Data.LoadFromEnumerable(numbers.Select(number => new Row { Number = number }).ToList());

    private class Row
    {
        public float Number { get; set; }
    }

    private sealed class Other : Row
    {
        public float Something { get; set; }
    }
}
