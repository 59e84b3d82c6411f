namespace MaskGen.ML.Inference;

/// <summary>What a prompt token stands for; the values are SAM 2's own, those of <see cref="PointLabel"/> among them.</summary>
internal enum PromptTokenLabel
{
    /// <summary>No point; every prompt has exactly one such token.</summary>
    Padding = -1,

    /// <summary>A point outside the object.</summary>
    Background = PointLabel.Background,

    /// <summary>A point on the object.</summary>
    Foreground = PointLabel.Foreground,

    /// <summary>Top left corner of a box around the object.</summary>
    BoxTopLeft = 2,

    /// <summary>Bottom right corner of a box around the object.</summary>
    BoxBottomRight = 3,
}
