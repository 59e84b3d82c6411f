namespace MaskGen.ML.Results;

/// <summary>Which of several masks gets a pixel that all of them have.</summary>
internal enum DisjointRule
{
    /// <summary>The smaller one, so that parts are cut out of their wholes; of two equally large the earlier. As a <see cref="LabelMap"/>
    /// has it.</summary>
    Smaller,

    /// <summary>The one with the better predicted IoU; of two equally good the earlier.</summary>
    Better,
}
