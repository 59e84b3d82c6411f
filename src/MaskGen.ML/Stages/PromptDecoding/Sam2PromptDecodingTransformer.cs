using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(Sam2PromptDecodingTransformer), null, typeof(SignatureLoadModel), "", Sam2PromptDecodingTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Runs SAM 2's prompt encoder and mask decoder; see <see cref="Sam2PromptDecodingEstimator"/> for the columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not. All cursors share one session, which is made when the first cursor is and held until
/// disposed.</remarks>
public sealed class Sam2PromptDecodingTransformer : RowMappingTransformer, ISessionStage
{
    internal const string LoaderName = "Sam2PromptDecode";
    private static readonly ModelFormat SavedFormat = new("S2 PRDEC", LoaderName, Version: 4, ReadableFrom: 3, OldestReadable: 2);

    private readonly StageColumns _columns;
    private readonly StageModel _model;
    private readonly StageEngine<Sam2PromptDecoder> _decoder;

    internal Sam2PromptDecodingTransformer(
        IHostEnvironment environment,
        StageColumns columns,
        StageModel model,
        Sam2PromptDecodingOptions options)
        : base(environment.Register(nameof(Sam2PromptDecodingTransformer)))
    {
        _columns = columns;
        _model = model;
        Options = options with { Model = model.Model };
        _decoder = new(Host, State, model, options.Session, Load);
    }

    /// <summary>The settings. The model of a loaded stage holds the weights of the decoder alone.</summary>
    public Sam2PromptDecodingOptions Options { get; private set; }

    /// <summary>How many sessions were made: never more than one unless making it failed.</summary>
    internal int SessionCount => _decoder.CreatedCount;

    void ISessionStage.UseSession(Sam2SessionOptions session)
    {
        _decoder.UseSession(session);
        Options = Options with { Session = session };
    }

    private protected override ModelFormat Format => SavedModel.FormatOf(_model, SavedFormat);

    // Found by ML.NET through the LoadableClass attribute above.
    private static Sam2PromptDecodingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MlNetInternals.ThrowIfUnsupported();
        var reader = SavedStageReader.Open(ctx, SavedFormat);
        var columns = StageColumns.Read(reader);
        var options = SavedOptions.Read<Sam2PromptDecodingOptions>(reader, saved => saved.Validate());
        return new(env, columns, SavedModel.Read(reader, ModelParts.PromptDecoder), options);
    }

    /// <remarks>Names of the output column and of the embedding column; the options; the prompt decoder.</remarks>
    private protected override void SaveModel(SavedStageWriter writer)
    {
        _columns.Write(writer);
        SavedOptions.Write(writer, Options);
        SavedModel.Write(writer, _model, ModelParts.PromptDecoder);
    }

    private protected override RowMapper MakeMapper(DataViewSchema inputSchema) => new RowMapper<DecodedObjects>(
        inputSchema,
        [.. ImageColumns.EncodedInputs(_columns.Input, _model.Config), .. PromptColumns.Inputs(Options)],
        DecodedObjectColumns.Create(_columns.Output, _model.Config.MaskSize),
        Bind,
        State,
        FailedRowColumns.Marked(Options.FailedRows, _columns, DecodedObjects.Empty));

    private protected override void DisposeModel() => _decoder.Dispose();

    private Sam2PromptDecoder Load(OpenedSam2Model opened, Sam2SessionOptions session)
    {
        var decoder = new Sam2PromptDecoder(opened, session, _model.Fingerprint);
        try
        {
            // Once, and not for every row. Which rows have earlier masks only they say.
            decoder.ThrowIfUnsupported(Options.Output, withMasks: false);
            return decoder;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    private RowComputation<DecodedObjects> Bind(DataViewRow row)
    {
        var decoder = _decoder.Get();
        var encodedBy = ModelAnnotations.Check(row.Schema, ImageColumns.TensorNames(_columns.Input), _model, _columns.Output);
        var image = new EncodedImageReader(row, _columns.Input, _model.Config.ImageSize, encodedBy);
        var prompts = PromptReader.Create(row, Options, _model.Config.MaskSize * _model.Config.MaskSize);
        return new(() => image.Read() is { } encoded ? Decode(decoder, encoded, prompts.Read()) : DecodedObjects.Empty);
    }

    // Where failed rows are marked, all that may fail comes at once: the mark is the same whichever columns are read.
    private DecodedObjects Complete(DecodedObjects objects)
    {
        if (Options.FailedRows == FailedRowBehavior.Mark)
        {
            _ = objects.Masks;
        }

        return objects;
    }

    private DecodedObjects Decode(Sam2PromptDecoder decoder, EncodedImage image, IReadOnlyList<Sam2Prompt> prompts)
    {
        var answers = StageStep.Run(Host, "Decode", cancellation => decoder.Decode(image, prompts, Options.Output, cancellation));
        var cut = new MaskCut(Options.MaskThreshold, Options.StabilityScoreOffset);
        return Complete(new DecodedObjects(image.ImageSize, answers, () => StageStep.Run(Host, "Upsample", cancellation =>
            PromptMasks.Create(image.ImageSize, _model.Config.MaskSize, prompts, answers, cut, cancellation))));
    }
}
