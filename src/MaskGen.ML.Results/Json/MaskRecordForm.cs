namespace MaskGen.ML.Results;

/// <summary>How a record of <see cref="MasksJson"/> says what its mask was prompted with.</summary>
public enum MaskRecordForm
{
    /// <summary>Each mask by itself: <see cref="Prompted"/> if it has a box or a point in the background, which <see cref="Grid"/> would
    /// lose; otherwise <see cref="Grid"/>.</summary>
    Automatic,

    /// <summary>As SAM 2's mask generator: <c>point_coords</c> [[x, y]] alone. Box, point labels and object score are left out.</summary>
    Grid,

    /// <summary><c>object_score_logit</c>, and <c>prompt</c> with <c>point_coords</c>, <c>point_labels</c> and <c>box</c>. Nothing is left
    /// out.</summary>
    Prompted,
}
