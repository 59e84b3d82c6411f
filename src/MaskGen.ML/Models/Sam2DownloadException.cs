namespace MaskGen.ML;

/// <summary>Why a model could not be downloaded.</summary>
public enum Sam2DownloadFailure
{
    /// <summary>The hub cannot be reached, is too slow, keeps breaking off, or does not answer as a hub does.</summary>
    Network,

    /// <summary>The model is not in the cache, and nothing may be downloaded.</summary>
    Offline,

    /// <summary>The model, revision or file does not exist, or it is private.</summary>
    NotFound,

    /// <summary>The hub asks for a token, or rejects the one that it got (401).</summary>
    Unauthorized,

    /// <summary>The token is accepted but gives no access (403), as for a gated model whose terms were not accepted.</summary>
    Forbidden,

    /// <summary>What arrived, or what is in the cache, is not what the hub has: another size or another hash.</summary>
    WrongContent,

    /// <summary>The disk of the cache is full.</summary>
    DiskFull,

    /// <summary>The cache cannot be read or written for another reason.</summary>
    Cache,
}

/// <summary>A model could not be downloaded from a hub. The message says what happened and what to do, and holds neither tokens nor
/// passwords; nothing unfinished is left where it would be taken for whole. Nothing is remembered: the next use tries again.</summary>
public sealed class Sam2DownloadException : IOException
{
    /// <summary>Describes a failure.</summary>
    /// <param name="failure">What kind it is.</param>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="innerException">The cause, or null.</param>
    internal Sam2DownloadException(Sam2DownloadFailure failure, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Failure = failure;
    }

    /// <summary>What kind of failure it is.</summary>
    public Sam2DownloadFailure Failure { get; }
}
