using MaskGen.ML.Results;
using MaskGen.ML.Stages;
using Microsoft.ML;

namespace MaskGen.ML.Runs;

/// <summary>The pipeline of a run, loaded in a context of its own. Not safe for concurrent use.</summary>
internal sealed class RunPipeline : IDisposable
{
    // So many failures in a row are looked into.
    private const int Suspicious = 3;

    private readonly PipelineUse _use;
    private readonly MaskSelectionOptions _selection;
    private readonly ITransformer _model;
    private readonly MLContext _ml;
    private readonly bool _ownsModel;
    private readonly PipelineRows _rows;
    private (string Key, byte[] Bytes)? _lastGood;
    private int _failuresInARow;

    /// <summary>Uses a pipeline that is loaded.</summary>
    /// <param name="ml">Its context.</param>
    /// <param name="model">The pipeline.</param>
    /// <param name="use">How it is used.</param>
    /// <param name="ownsModel">Whether it is disposed with this.</param>
    public RunPipeline(MLContext ml, ITransformer model, PipelineUse use, bool ownsModel)
    {
        (_ml, _model, _use, _ownsModel) = (ml, model, use, ownsModel);
        _selection = new MaskSelectionOptions
        {
            NmsThreshold = use.MaskNms,
            Disjoint = use.Disjoint switch
            {
                null => null,
                PipelineUse.Smaller => DisjointRule.Smaller,
                PipelineUse.Better => DisjointRule.Better,
                _ => throw new InvalidDataException($"{RunNames.Manifest}: expected smaller or better, found '{use.Disjoint}'."),
            },
        };
        _rows = new PipelineRows(model, use.ImageColumn, use.MaskColumn);
    }

    /// <summary>Loads a pipeline from its file.</summary>
    public static RunPipeline Load(string path, PipelineUse use, MLContext ml, Sam2SessionOptions? session)
    {
        var model = ml.Model.Load(path, out _);
        try
        {
            if (session is not null)
            {
                model.SetSam2Session(session);
            }

            return new RunPipeline(ml, model, use, ownsModel: true);
        }
        catch
        {
            (model as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>Ends what is being computed, within a batch of points. The pipeline is of no use afterwards.</summary>
    public void Cancel() => StageEnvironment.Cancel(_ml);

    /// <summary>Computes the masks of an image, see <see cref="PipelineRows.Compute"/>.</summary>
    /// <exception cref="IOException">See <see cref="ThrowIfBroken"/>.</exception>
    public MaskSet Compute(string key, byte[] bytes, out string? error)
    {
        var masks = _rows.Compute(key, bytes, out error);
        if (error is not null)
        {
            if (++_failuresInARow == Suspicious)
            {
                ThrowIfBroken();
            }

            return masks;
        }

        (_lastGood, _failuresInARow) = ((key, bytes), 0);
        masks = _selection.Apply(masks);
        return _use.Label is { } label ? new MaskSet(masks.ImageSize, [.. masks.Select(mask => mask with { Label = label })]) : masks;
    }

    /// <summary>Tells failures of images from one of this machine (a GPU that has failed once fails until the process ends) before they
    /// are written down for ever: computes the last image again that was computed before the last ones failed.</summary>
    /// <exception cref="IOException">It fails now.</exception>
    public void ThrowIfBroken()
    {
        if (_failuresInARow > 0 && _lastGood is { } good)
        {
            _rows.Compute(good.Key, good.Bytes, out var error);
            if (error is not null)
            {
                throw new IOException(
                    $"This process cannot compute any more: {good.Key}, which was computed before, fails now. {error}");
            }
        }
    }

    public void Dispose()
    {
        _rows.Dispose();
        if (_ownsModel)
        {
            (_model as IDisposable)?.Dispose();
        }
    }
}
