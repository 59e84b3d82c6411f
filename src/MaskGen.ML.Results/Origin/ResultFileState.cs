namespace MaskGen.ML.Results;

/// <summary>Whose a file is that lies where a result would go.</summary>
internal enum ResultFileOwner
{
    /// <summary>Another program's, or a person's; or one of ours that somebody has changed since.</summary>
    Other,

    /// <summary>Nobody's: it holds nothing, as after a power cut.</summary>
    Nobody,

    /// <summary>This library wrote it, and nobody else has changed it.</summary>
    Us,
}

/// <summary>Whose a file is, and what it says of itself.</summary>
/// <param name="Owner">Whose it is.</param>
/// <param name="Stamp">What it says of itself, where it is ours; of a damaged file only what is left, the rest null.</param>
internal readonly record struct ResultFileState(ResultFileOwner Owner, ResultStamp? Stamp)
{
    public static ResultFileState Foreign => new(ResultFileOwner.Other, null);

    public static ResultFileState Blank => new(ResultFileOwner.Nobody, null);

    public static ResultFileState Ours(ResultStamp stamp) => new(ResultFileOwner.Us, stamp);
}
