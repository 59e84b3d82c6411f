namespace MaskGen.ML.Results;

/// <summary>The class of a mask as formats with classes write it.</summary>
internal static class MaskClass
{
    /// <summary>The class of a mask whose kind is not known: the model finds objects without saying of what kind they are.</summary>
    public const string Unknown = "object";

    /// <summary>The class of a mask.</summary>
    public static string Of(MaskRecord mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Unknown;
    }
}
