namespace MaskGen.ML.Results;

/// <summary>The class of a mask as formats with classes write it.</summary>
internal static class MaskClass
{
    /// <summary>The class of a mask whose kind is not known: the model finds objects without saying of what kind they are.</summary>
    public const string Unknown = "object";

    /// <summary>The class of a mask: its <see cref="MaskRecord.Label"/>, if it has one.</summary>
    public static string Of(MaskRecord mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return mask.Label ?? Unknown;
    }

    /// <summary>The label that a class stands for; null for the class of masks without one, and for a name without text.</summary>
    public static string? LabelOf(string name) => name is Unknown or "" ? null : name;
}
