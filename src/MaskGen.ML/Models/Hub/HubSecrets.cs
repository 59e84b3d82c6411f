using System.Collections;
using System.Text;

namespace MaskGen.ML.Models;

/// <summary>What must not be seen: the token, and the users and passwords of hub and proxies. Takes it out of whatever is about to
/// leave.</summary>
/// <remarks>Errors of .NET's own name the proxy with its password, and a hub may send back what it was sent; so everything that is shown
/// goes through here, whoever has written it.</remarks>
internal sealed class HubSecrets(IEnumerable<string> secrets)
{
    // Something shorter protects nothing and would blot out words.
    private const int Shortest = 4;

    private const string Blot = "***";

    private static readonly string[] ProxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

    // The longest first: one may be part of another.
    private readonly string[] _secrets =
        [.. secrets.Where(s => s.Length >= Shortest).Distinct().OrderByDescending(s => s.Length)];

    /// <summary>The secrets of a token, of the hub's own credentials and of the proxies that the environment names.</summary>
    public static HubSecrets Of(string? token, string? credentials, Func<string, string?> variable)
    {
        var found = new List<string>();
        if (token is not null)
        {
            found.Add(token);
        }

        if (credentials is not null)
        {
            found.Add(Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)).TrimEnd('='));
            Add(credentials);
        }

        foreach (var name in ProxyVariables.SelectMany(name => new[] { name, name.ToLowerInvariant() }))
        {
            var proxy = variable(name) ?? string.Empty;
            if (proxy.LastIndexOf('@') is >= 0 and var at)
            {
                var scheme = proxy.IndexOf("://", StringComparison.Ordinal);
                Add(proxy[(scheme < 0 || scheme > at ? 0 : scheme + "://".Length)..at]);
            }
        }

        return new HubSecrets(found);

        void Add(string userAndPassword)
        {
            found.Add(userAndPassword);
            if (userAndPassword.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
            {
                found.Add(userAndPassword[(colon + 1)..]);
                found.Add(Uri.UnescapeDataString(userAndPassword[(colon + 1)..]));
            }
        }
    }

    /// <summary>The text without secrets.</summary>
    public string Redact(string text) =>
        HubText.WithoutCredentials(_secrets.Aggregate(text, (shown, secret) => shown.Replace(secret, Blot, StringComparison.Ordinal)));

    /// <summary>The failure itself where nothing in it is secret, otherwise one like it without the secrets and without their cause, of
    /// which the text alone is kept.</summary>
    public Sam2DownloadException Redact(Sam2DownloadException error)
    {
        if (!IsSecret(error))
        {
            return error;
        }

        var causes = new List<string>();
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            causes.Add($"{cause.GetType().Name}: {cause.Message}");
        }

        return new Sam2DownloadException(
            error.Failure,
            Redact(error.Message),
            causes.Count == 0 ? null : new IOException(Redact(string.Join(" ---> ", causes))));
    }

    private bool IsSecret(Exception error)
    {
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            if (Redact(e.Message) != e.Message || e.Data.Cast<DictionaryEntry>().Any(d => IsSecret(d.Key) || IsSecret(d.Value)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsSecret(object? value) => value?.ToString() is { } text && Redact(text) != text;
}
