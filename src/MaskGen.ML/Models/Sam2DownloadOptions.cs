using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using MaskGen.ML.Models;

namespace MaskGen.ML;

/// <summary>How models are downloaded from a Hugging Face hub. What is not set here comes from the environment variables that Python's
/// <c>huggingface_hub</c> reads, so that both share one cache.</summary>
/// <remarks>
/// <para>Immutable and safe to share between threads.</para>
/// <para>An attempt is given up when a connection takes 10 seconds, when nothing arrives for 30 seconds, or when less than 4 KiB per
/// second arrive over a minute. A hub that has never answered is tried 3 times, an unknown host or a machine without a network once;
/// otherwise 6 attempts in a row may fail, and start anew only after at least 1 MiB (1/256 of a file above 256 MiB) has
/// arrived.</para>
/// <para>Neither <see cref="ToString"/> nor JSON shows the token or a password.</para>
/// </remarks>
public sealed record Sam2DownloadOptions
{
    private readonly Uri? _endpoint;

    /// <summary>Folder of the cache; null takes <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>, else
    /// <c>~/.cache/huggingface/hub</c>. In the variables, <c>~</c> and <c>$NAME</c> stand for what they do in Python.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Address of the hub; null takes <c>HF_ENDPOINT</c>, else <c>https://huggingface.co</c>. A user and a password in it are
    /// kept apart: they are sent to the hub (as Basic authentication, in place of a token) and never shown, not by this property
    /// either.</summary>
    public Uri? Endpoint
    {
        get => _endpoint;
        init
        {
            var hasUser = value is { IsAbsoluteUri: true, UserInfo.Length: > 0 };
            EndpointCredentials = hasUser ? value!.UserInfo : null;
            _endpoint = hasUser ? HubSettings.WithoutUserInfo(value!) : value;
        }
    }

    /// <summary>Access token for private or gated models; null takes <c>HF_TOKEN</c>, else the one of a login with Python's tool
    /// (<c>HF_HOME/token</c>), else none. It is sent to the hub alone, never to where the hub redirects, and is neither printed nor
    /// serialized.</summary>
    [JsonIgnore]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Token { get; init; }

    /// <summary>Whether to use the cache only; null takes <c>HF_HUB_OFFLINE</c>, else <c>TRANSFORMERS_OFFLINE</c>.</summary>
    public bool? Offline { get; init; }

    /// <summary>Whether files that are in the cache already are hashed (SHA-256, about a second per gigabyte) and downloaded again where
    /// they are not what the hub has. Otherwise their length is compared, which finds a truncated file, not a changed one. What
    /// is downloaded is always hashed.</summary>
    public bool VerifyHashes { get; init; }

    /// <summary>Whether messages are read by somebody who types commands, and not by one who writes programs.</summary>
    internal bool IsOfCommandLine { get; init; }

    /// <summary>User and password that <see cref="Endpoint"/> was given with, as they were escaped there, or null.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal string? EndpointCredentials { get; private init; }

    private bool PrintMembers(StringBuilder builder)
    {
        var endpoint = HubText.WithoutCredentials(Endpoint?.ToString() ?? string.Empty);
        var token = Token is null ? string.Empty : "***";
        builder.Append(
            CultureInfo.InvariantCulture,
            $"{nameof(CacheFolder)} = {CacheFolder}, {nameof(Endpoint)} = {endpoint}, {nameof(Token)} = {token}, ");
        builder.Append(CultureInfo.InvariantCulture, $"{nameof(Offline)} = {Offline}, {nameof(VerifyHashes)} = {VerifyHashes}");
        return true;
    }
}
