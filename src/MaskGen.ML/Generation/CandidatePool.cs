using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>The candidates of one crop, with non-maximum suppression on the way so that memory does not grow with their number.</summary>
/// <remarks>
/// Greedy suppression may not drop a candidate before all have come: a late, better one can suppress its suppressor and so bring it back.
/// So those that are suppressed as things stand release only their masks; the few numbers that suppression needs are kept. The result is
/// exactly that of one suppression at the end; a candidate that comes back without its mask is to be decoded again.
/// Not safe for concurrent use.
/// </remarks>
internal sealed class CandidatePool(float boxNmsThreshold)
{
    private readonly List<MaskCandidate> _candidates = [];

    // Those that hold a mask: not suppressed by another of these when they were last settled.
    private List<MaskCandidate> _leading = [];

    /// <summary>Candidates that nothing suppresses as things stand.</summary>
    public int LeadingCount => _leading.Count;

    public void Add(MaskCandidate candidate)
    {
        _candidates.Add(candidate);
        _leading.Add(candidate);
    }

    /// <summary>Releases the masks of candidates that are suppressed as things stand; to be called now and then, after every batch
    /// say.</summary>
    public void Settle(CancellationToken cancellationToken = default)
    {
        if (!BoxNms.Suppresses(boxNmsThreshold))
        {
            return;
        }

        var kept = Keep(_leading, cancellationToken);
        foreach (var suppressed in _leading.Except(kept))
        {
            suppressed.MaskInCrop = null;
        }

        _leading = kept;
    }

    /// <summary>The candidates that are kept, best predicted IoU first.</summary>
    public List<MaskCandidate> Keep(CancellationToken cancellationToken = default) => Keep(_candidates, cancellationToken);

    private List<MaskCandidate> Keep(List<MaskCandidate> candidates, CancellationToken cancellationToken)
    {
        var boxes = candidates.ConvertAll(candidate => candidate.BoxInImage).ToArray();
        var predictedIou = candidates.ConvertAll(candidate => candidate.PredictedIou).ToArray();
        return BoxNms.Keep(boxes, predictedIou, boxNmsThreshold, cancellationToken).ConvertAll(index => candidates[index]);
    }
}
