using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>The candidates of one crop, with non-maximum suppression on the way so that memory does not grow with their number.</summary>
/// <remarks>
/// Greedy suppression may not drop a candidate before all have come: a late, better one can suppress its suppressor and so bring it back.
/// So from time to time those that are suppressed as things stand let go only of their masks; the few numbers that suppression needs stay.
/// The result is exactly that of one suppression at the end; a candidate that comes back without its mask is to be decoded again.
/// Not safe for concurrent use.
/// </remarks>
internal sealed class CandidatePool(float boxNmsThreshold)
{
    // Masks that may gather before those suppressed so far are let go of.
    private const int MasksBetweenPrunings = 1024;

    private readonly List<MaskCandidate> _candidates = [];
    private int _masksSincePruning;

    /// <summary>Candidates that nothing suppresses as things stand, or all of them since the last time this was looked at.</summary>
    public int KeptSoFar { get; private set; }

    public void Add(MaskCandidate candidate)
    {
        _candidates.Add(candidate);
        KeptSoFar++;
        if (BoxNms.Suppresses(boxNmsThreshold) && ++_masksSincePruning == MasksBetweenPrunings)
        {
            Prune();
        }
    }

    /// <summary>The candidates that stay, best predicted IoU first.</summary>
    public List<MaskCandidate> Keep()
    {
        var boxes = _candidates.ConvertAll(candidate => candidate.BoxInImage).ToArray();
        var scores = _candidates.ConvertAll(candidate => candidate.PredictedIou).ToArray();
        return BoxNms.Keep(boxes, scores, boxNmsThreshold).ConvertAll(index => _candidates[index]);
    }

    private void Prune()
    {
        var kept = Keep();
        var masks = kept.ConvertAll(candidate => candidate.MaskInCrop);
        foreach (var candidate in _candidates)
        {
            candidate.MaskInCrop = null;
        }

        for (var i = 0; i < kept.Count; i++)
        {
            kept[i].MaskInCrop = masks[i];
        }

        KeptSoFar = kept.Count;
        _masksSincePruning = 0;
    }
}
