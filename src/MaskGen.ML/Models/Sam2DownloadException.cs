namespace MaskGen.ML;

/// <summary>Why a model could not be fetched.</summary>
public enum Sam2DownloadFailure
{
    /// <summary>The hub cannot be reached, or broke off again and again.</summary>
    Network,

    /// <summary>The model is not in the cache, and nothing may be downloaded.</summary>
    Offline,

    /// <summary>There is no such model, revision or file, or it is private.</summary>
    NotFound,

    /// <summary>The hub wants to know who asks, or does not accept the token (401).</summary>
    Unauthorized,

    /// <summary>The hub knows who asks and refuses (403), as for a gated model whose terms were not accepted.</summary>
    Forbidden,

    /// <summary>What came is not what the hub announced: another size or another SHA-256.</summary>
    WrongContent,

    /// <summary>The disk of the cache is full.</summary>
    DiskFull,

    /// <summary>The cache cannot be written for another reason.</summary>
    Cache,
}

/// <summary>A model could not be fetched from a hub. The message says what happened and what to do; nothing unfinished is left where it
/// would be taken for whole.</summary>
public sealed class Sam2DownloadException : IOException
{
    /// <summary>Describes a failure.</summary>
    /// <param name="failure">What kind it is.</param>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="innerException">The cause, if another exception told of it.</param>
    public Sam2DownloadException(Sam2DownloadFailure failure, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Failure = failure;
    }

    /// <summary>What kind of failure it is.</summary>
    public Sam2DownloadFailure Failure { get; }
}
