using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Reads what <see cref="SavedStageWriter"/> wrote, and refuses what is not exactly that: every part is compared with its digest
/// before anything is made of it.</summary>
/// <remarks>The digests find damage. They are no seal: who changes a model on purpose can write them anew.</remarks>
internal sealed class SavedStageReader
{
    // A stage has a dozen short values; this much is damage, or no manifest.
    private const int LongestManifest = 1 << 20;

    private readonly ModelLoadContext _context;
    private readonly Dictionary<string, string> _values;
    private readonly Dictionary<string, string> _digests;

    private SavedStageReader(
        ModelLoadContext context, uint layout, Dictionary<string, string> values, Dictionary<string, string> digests)
    {
        _context = context;
        Layout = layout;
        _values = values;
        _digests = digests;
    }

    /// <summary>Version of the layout that the stage was saved in.</summary>
    public uint Layout { get; }

    /// <summary>Checks the header and the manifest.</summary>
    /// <exception cref="FormatException">The stage is damaged, or was saved by a version of this library that is newer, or too
    /// old.</exception>
    public static SavedStageReader Open(ModelLoadContext context, ModelFormat format)
    {
        var layout = format.Check(context, () => SavedBy(context));
        var expected = context.Reader.ReadBytes(SHA256.HashSizeInBytes);
        var manifest = ReadManifest(context);
        if (!SHA256.HashData(manifest).AsSpan().SequenceEqual(expected))
        {
            throw Mismatch(SavedStageWriter.ManifestStream, Convert.ToHexString(expected), SHA256.HashData(manifest));
        }

        try
        {
            using var json = JsonDocument.Parse(manifest);
            return new SavedStageReader(
                context,
                layout,
                Texts(json.RootElement.GetProperty(SavedStageWriter.ValuesProperty)),
                Texts(json.RootElement.GetProperty(SavedStageWriter.DigestsProperty)));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw Damaged($"{SavedStageWriter.ManifestStream}: {e.Message}", e);
        }
    }

    /// <summary>A value that the stage cannot be without.</summary>
    /// <exception cref="FormatException">It is missing or empty.</exception>
    public string Text(string name) => _values.TryGetValue(name, out var value) && value.Length > 0
        ? value
        : throw Damaged($"{SavedStageWriter.ManifestStream}: expected a value '{name}', found none.");

    /// <summary>A value, or null where none was written.</summary>
    public string? TextOrNull(string name) => _values.GetValueOrDefault(name);

    /// <summary>A number in a range.</summary>
    /// <exception cref="FormatException">It is missing, no number, or out of the range.</exception>
    public TNumber Number<TNumber>(string name, TNumber minimum, TNumber maximum)
        where TNumber : INumber<TNumber> =>
        TNumber.TryParse(Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= minimum && value <= maximum
            ? value
            : throw Damaged($"{SavedStageWriter.ManifestStream}: expected '{name}' from {minimum} to {maximum}, found '{Text(name)}'.");

    /// <summary>Reads a part, after comparing all of it with its digest.</summary>
    /// <param name="name">Name of the stream.</param>
    /// <param name="read">Reads its content, from the beginning.</param>
    /// <param name="damaged">Makes the exception of a damaged part from the problem in words and, if any, its cause; null for
    /// <see cref="FormatException"/>.</param>
    /// <exception cref="FormatException">The part is missing or, unless <paramref name="damaged"/> says otherwise, damaged.</exception>
    public TValue Part<TValue>(string name, Func<Stream, TValue> read, Func<string, Exception?, Exception>? damaged = null)
    {
        TValue? value = default;
        var (isFound, isUnpacked) = (false, false);
        try
        {
            isFound = _context.TryLoadBinaryStream(name, reader =>
            {
                // Twice through the stream, which ML.NET has unpacked into a file: a byte that is wrong is never interpreted.
                isUnpacked = true;
                var digest = SHA256.HashData(reader.BaseStream);
                if (Convert.ToHexString(digest) != _digests.GetValueOrDefault(name))
                {
                    throw Mismatch(name, _digests.GetValueOrDefault(name) ?? "no such part", digest, damaged);
                }

                reader.BaseStream.Position = 0;
                value = read(reader.BaseStream);
            });
        }
        catch (Exception e) when (!isUnpacked && IsArchiveDefect(e))
        {
            throw Make(damaged, $"{name} cannot be unpacked: {e.Message}", e);
        }

        return isFound ? value! : throw Damaged($"expected {name} in it, found none.");
    }

    /// <summary>The exception for a stage that is not what was saved.</summary>
    /// <param name="problem">What was expected and what was found.</param>
    /// <param name="cause">The cause, or null.</param>
    public static FormatException Damaged(string problem, Exception? cause = null) => new($"The saved model is damaged: {problem}", cause);

    // What unpacking throws at an archive that is damaged around the streams: the formats and the permissions of its entries.
    private static bool IsArchiveDefect(Exception error) =>
        error is InvalidDataException or EndOfStreamException or NotSupportedException or UnauthorizedAccessException or ArgumentException;

    // Of a stage in whatever layout: where it says so at the place where it says so in this one.
    private static string? SavedBy(ModelLoadContext context)
    {
        try
        {
            using var json = JsonDocument.Parse(ReadManifest(context));
            return Texts(json.RootElement.GetProperty(SavedStageWriter.ValuesProperty)).GetValueOrDefault(SavedStageWriter.SavedByValue);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException
            or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] ReadManifest(ModelLoadContext context)
    {
        byte[]? bytes = null;
        try
        {
            context.TryLoadBinaryStream(SavedStageWriter.ManifestStream, reader => bytes = reader.ReadBytes(LongestManifest));
        }
        catch (Exception e) when (IsArchiveDefect(e))
        {
            throw Damaged($"{SavedStageWriter.ManifestStream} cannot be unpacked: {e.Message}", e);
        }

        return bytes ?? throw Damaged($"expected {SavedStageWriter.ManifestStream} in it, found none.");
    }

    private static Dictionary<string, string> Texts(JsonElement json) =>
        json.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString() ?? string.Empty);

    private static Exception Mismatch(string name, string expected, byte[] found, Func<string, Exception?, Exception>? damaged = null) =>
        Make(damaged, $"{name}: expected the SHA-256 {expected}, found {Convert.ToHexString(found)}.", null);

    private static Exception Make(Func<string, Exception?, Exception>? damaged, string problem, Exception? cause) =>
        damaged?.Invoke(problem, cause) ?? Damaged(problem, cause);
}
