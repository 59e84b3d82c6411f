namespace MaskGen.ML.Results;

/// <summary>Who wrote a file that lies where a result would go.</summary>
internal enum ResultFileOwner
{
    /// <summary>Another program or a person; or this library, and the file was changed since.</summary>
    Other,

    /// <summary>Unknown: the file is empty or all zeros, as after a power cut.</summary>
    Nobody,

    /// <summary>This library, and the file is unchanged.</summary>
    Us,
}

/// <summary>Who wrote a file, and its stamp.</summary>
/// <param name="Owner">Who wrote it.</param>
/// <param name="Stamp">Its stamp if it is ours; of a damaged file only the fields that are left, the rest null.</param>
internal readonly record struct ResultFileState(ResultFileOwner Owner, ResultStamp? Stamp)
{
    public static ResultFileState Foreign => new(ResultFileOwner.Other, null);

    public static ResultFileState Blank => new(ResultFileOwner.Nobody, null);

    public static ResultFileState Ours(ResultStamp stamp) => new(ResultFileOwner.Us, stamp);
}
