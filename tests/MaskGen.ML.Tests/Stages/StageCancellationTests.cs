using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Every stage hears when the context is cancelled, also in the middle of a row.</summary>
public class StageCancellationTests
{
    // Far above what hearing takes, far below a test's patience.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("Preprocess", "Pixels")]
    [InlineData("Encode", "Embedding")]
    [InlineData("Decode", "Masks.PredictedIou")]
    [InlineData("Upsample", "Masks.Area")]
    [InlineData("Generate", "All")]
    public void Getter_CancelledWhileAStepRuns_EndsTheStep(string step, string column)
    {
        var view = EveryStage();
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var read = ColumnDigest.Reader(cursor, [column]);
        Assert.True(cursor.MoveNext());

        // ML.NET logs the begin of a step within the call that begins it: after the stage has asked whether it is cancelled.
        _ml.Log += (_, message) =>
        {
            if (message.Source.EndsWith($"; {step}", StringComparison.Ordinal))
            {
                Contexts.Cancel(_ml);
            }
        };
        var error = Assert.Throws<OperationCanceledException>(() => read());
        Assert.Contains("MLContext was cancelled", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.InnerException);
    }

    [Theory]
    [InlineData("Pixels")]
    [InlineData("Embedding")]
    [InlineData("Masks")]
    [InlineData("All")]
    public void Getter_CancelledBetweenRows_ThrowsAtTheNext(string column)
    {
        var view = EveryStage();
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var read = ColumnDigest.Reader(cursor, [column]);
        Assert.True(cursor.MoveNext());
        Contexts.Cancel(_ml);
        Assert.Throws<OperationCanceledException>(() => read());
    }

    [Fact]
    public void GetRowCursor_ContextCancelled_LoadsNoModel()
    {
        var data = StageData.Images(_ml);
        using var generator = _ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions).Fit(data);
        var view = generator.Transform(data);
        Contexts.Cancel(_ml);
        Assert.Throws<OperationCanceledException>(() => view.GetRowCursor(view.Schema));
        Assert.Equal(0, generator.SessionCount);
    }

    [Fact]
    public void MoveNext_ExpansionCancelled_Throws()
    {
        var data = _ml.Data.LoadFromEnumerable([new MaskRow { Masks = MaskSet.Empty }]);
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks").Fit(data).Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        Contexts.Cancel(_ml);
        Assert.Throws<OperationCanceledException>(() => cursor.MoveNext());
    }

    [Fact]
    public void Token_ContextCancelledLater_IsCancelled()
    {
        using var cancellation = new ContextCancellation(((IHostEnvironment)_ml).Register("Test"));
        using var heard = new ManualResetEventSlim();
        using var registration = cancellation.Token.Register(heard.Set);
        Assert.False(heard.IsSet);
        Contexts.Cancel(_ml);
        Assert.True(heard.Wait(Deadline, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Dispose_ContextCancelledAfterwards_LeavesTheTokenAlone()
    {
        var cancellation = new ContextCancellation(((IHostEnvironment)_ml).Register("Test"));
        var token = cancellation.Token;
        cancellation.Dispose();
        Contexts.Cancel(_ml);
        Assert.False(token.IsCancellationRequested);
    }

    private IDataView EveryStage()
    {
        var data = StageData.PlainPrompts(_ml, encoded: false);
        return _ml.Transforms.PreprocessSam2Images("Pixels", "Image", new() { Model = StageData.Micro })
            .Append(_ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = StageData.Micro }))
            .Append(_ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions))
            .Append(_ml.Transforms.GenerateMasks("All", "Image", StageData.GenerationOptions))
            .Fit(data)
            .Transform(data);
    }

    private sealed class MaskRow
    {
        [MaskSetType]
        public MaskSet? Masks { get; set; }
    }
}
