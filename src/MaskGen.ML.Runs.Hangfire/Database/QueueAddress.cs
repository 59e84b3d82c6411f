using System.Globalization;
using Npgsql;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>Where the database is.</summary>
internal static class QueueAddress
{
    private const string Example = "Host=db.example.org;Database=maskgen;Username=maskgen;Password=...";

    // One asks for shards while another says that the worker lives.
    private const int LeastPoolSize = 2;

    /// <summary>Reads a connection string, or an address such as <c>postgresql://user:password@host:5432/database?sslmode=require</c>.
    /// </summary>
    /// <param name="text">The text. It has a password, as a rule, so that no message repeats it.</param>
    /// <param name="options">Say how many connections are opened where the text does not.</param>
    /// <exception cref="ArgumentException">It is neither, or allows one connection only.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text, MaskRunQueueOptions options)
    {
        // What comes later in a connection string holds.
        var given = $"Maximum Pool Size={options.MaximumPoolSize.ToString(CultureInfo.InvariantCulture)};";
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "postgres" or "postgresql"
                ? Read(uri!, new NpgsqlConnectionStringBuilder(given))
                : new NpgsqlConnectionStringBuilder(given + text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new ArgumentException($"Expected a connection string of PostgreSQL such as '{Example}', found something else.");
        }

        if (string.IsNullOrEmpty(builder.Host))
        {
            throw new ArgumentException($"Expected a connection string of PostgreSQL such as '{Example}', found one without a host.");
        }

        if (builder.MaxPoolSize < LeastPoolSize)
        {
            throw new ArgumentException(
                $"Expected 'Maximum Pool Size' to be {LeastPoolSize} or more, found {builder.MaxPoolSize}: "
                + "one connection asks for shards while another says that the worker lives.");
        }

        builder.MaxPoolSize = Math.Max(builder.MaxPoolSize, builder.MinPoolSize);

        builder.ApplicationName ??= "maskgen-fleet";
        return builder;
    }

    /// <summary>The database as it may be shown.</summary>
    public static string Name(NpgsqlConnectionStringBuilder builder) =>
        $"PostgreSQL at {builder.Host}:{builder.Port}, database {builder.Database}";

    private static NpgsqlConnectionStringBuilder Read(Uri uri, NpgsqlConnectionStringBuilder builder)
    {
        builder.Host = uri.Host;
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
