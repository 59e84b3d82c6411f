using System.Reflection;
using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.DataView;

public class RowErrorsTests
{
    private readonly TransformerState _state = new("Stage");

    public static TheoryData<Exception, Type, string> Failures => new()
    {
        { new InvalidDataException("why"), typeof(InvalidOperationException), "Row 7 (cat.png): why" },
        { new ArgumentException("Prompt 0: why", "prompts"), typeof(InvalidOperationException), "Row 7 (cat.png): Prompt 0: why" },
        { new OutOfMemoryException("why"), typeof(OutOfMemoryException), "Row 7 (cat.png): why" },
        { new OverflowException("why"), typeof(InvalidOperationException), "Row 7 (cat.png): why" },
        { new ObjectDisposedException("image", "why"), typeof(InvalidOperationException), "Row 7 (cat.png): why\nObject name: 'image'." },
        { new AggregateException(new InvalidDataException("why")), typeof(InvalidOperationException), "Row 7 (cat.png): why" },
        { new AggregateException(new AggregateException(new OutOfMemoryException("why"))), typeof(OutOfMemoryException),
            "Row 7 (cat.png): why" },
        { new AggregateException(new OperationCanceledException(), new IOException("why")), typeof(InvalidOperationException),
            "Row 7 (cat.png): why" },
        { new TypeInitializationException("T", new DllNotFoundException("why")), typeof(InvalidOperationException),
            "Row 7 (cat.png): The type initializer for 'T' threw an exception. why" },
        { new TargetInvocationException("It threw.", new IOException("why")), typeof(InvalidOperationException),
            "Row 7 (cat.png): It threw. why" },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Explain_AnyFailure_IsADocumentedTypeWithTheRow(Exception failure, Type type, string message)
    {
        var explained = Errors("cat.png").Explain(failure);
        Assert.IsType(type, explained);
        Assert.Equal(message, explained.Message.ReplaceLineEndings("\n"));
        Assert.NotNull(explained.InnerException);

        // The stages above pass it on.
        Assert.Null(Errors("cat.png").Explain(explained));
        Assert.Same(explained, Errors("cat.png").Explain(new AggregateException(explained)));
    }

    [Fact]
    public void Explain_RowWithoutAName_HasItsPosition() =>
        Assert.Equal("Row 7: why", Errors(null).Explain(new IOException("why"))?.Message);

    [Fact]
    public void Explain_Cancellation_IsPassedOnWithItsToken()
    {
        using var source = new CancellationTokenSource();
        var cancelled = new OperationCanceledException("enough", source.Token);
        Assert.Null(Errors(null).Explain(cancelled));
        var unwrapped = Assert.IsType<OperationCanceledException>(Errors(null).Explain(new AggregateException(cancelled)));
        Assert.Equal(source.Token, unwrapped.CancellationToken);
    }

    [Fact]
    public void Explain_SomethingOfADisposedTransformerIsGone_SaysThatTheTransformerIs()
    {
        Assert.IsType<InvalidOperationException>(Errors(null).Explain(new ObjectDisposedException("session")));
        _state.TryDispose();
        var error = Assert.IsType<ObjectDisposedException>(
            Errors(null).Explain(new AggregateException(new ObjectDisposedException("session"))));
        Assert.Equal("Stage", error.ObjectName);
        Assert.Contains("PredictionEngineOptions.OwnsTransformer", error.Message, StringComparison.Ordinal);
    }

    private RowErrors Errors(string? name) => new(new SeventhRow(), () => name, _state);

    private sealed class SeventhRow : DataViewRow
    {
        public override long Position => 7;

        public override long Batch => 0;

        public override DataViewSchema Schema => throw new NotSupportedException();

        public override ValueGetter<DataViewRowId> GetIdGetter() => throw new NotSupportedException();

        public override bool IsColumnActive(DataViewSchema.Column column) => throw new NotSupportedException();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => throw new NotSupportedException();
    }
}
