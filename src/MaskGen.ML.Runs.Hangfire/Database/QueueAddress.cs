using Npgsql;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>Where the database is.</summary>
internal static class QueueAddress
{
    private const string Example = "Host=db.example.org;Database=maskgen;Username=maskgen;Password=...";

    // What Npgsql takes where nothing is said.
    private static readonly int DefaultPoolSize = new NpgsqlConnectionStringBuilder().MaxPoolSize;

    /// <summary>Reads a connection string, or an address such as <c>postgresql://user:password@host:5432/database?sslmode=require</c>.
    /// </summary>
    /// <param name="text">The text. It has a password, as a rule, so that no message repeats it.</param>
    /// <param name="options">Say how many connections are opened where the text does not.</param>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text, MaskRunQueueOptions options)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "postgres" or "postgresql"
                ? OfUri(uri!)
                : new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new ArgumentException($"Expected a connection string of PostgreSQL such as '{Example}', found something else.");
        }

        if (string.IsNullOrEmpty(builder.Host))
        {
            throw new ArgumentException($"Expected a connection string of PostgreSQL such as '{Example}', found one without a host.");
        }

        if (builder.MaxPoolSize == DefaultPoolSize)
        {
            builder.MaxPoolSize = Math.Max(options.MaximumPoolSize, builder.MinPoolSize);
        }

        builder.ApplicationName ??= "maskgen-fleet";
        return builder;
    }

    /// <summary>The database as it may be shown.</summary>
    public static string Name(NpgsqlConnectionStringBuilder builder) =>
        $"PostgreSQL at {builder.Host}:{builder.Port}, database {builder.Database}";

    private static NpgsqlConnectionStringBuilder OfUri(Uri uri)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host };
        if (uri.Port > 0)
        {
            builder.Port = uri.Port;
        }

        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        if (uri.AbsolutePath.Length > 1)
        {
            builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        }

        foreach (var setting in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            // As libpq calls it; all others by Npgsql's names.
            var (name, value) = setting.Split('=', 2) is [var left, var right] ? (left, right) : (setting, string.Empty);
            builder[name == "sslmode" ? "SSL Mode" : Uri.UnescapeDataString(name)] =
                name == "sslmode" ? value.Replace("-", string.Empty, StringComparison.Ordinal) : Uri.UnescapeDataString(value);
        }

        return builder;
    }
}
