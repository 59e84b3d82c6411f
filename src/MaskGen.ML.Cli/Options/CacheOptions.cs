using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Inference;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say where embeddings are kept between runs.</summary>
internal sealed class CacheOptions
{
    private const string None = "none";

    private static readonly (string Suffix, long Factor)[] Suffixes = [("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000)];

    private readonly UserEnvironment _environment;
    private readonly bool _canBeNone;
    private readonly Option<string?> _folder;

    private readonly Option<long?> _size = new("--cache-size")
    {
        Description = "Most bytes of all embeddings there; M, G and T stand for millions, billions and trillions "
            + $"[default: {EmbeddingFolder.DefaultBytes / 1_000_000_000}G]",
        HelpName = "N[M|G|T]",
        CustomParser = ParseSize,
    };

    /// <param name="environment">Knows the person's folder for caches.</param>
    /// <param name="canBeNone">Whether there may be no cache at all.</param>
    public CacheOptions(UserEnvironment environment, bool canBeNone)
    {
        (_environment, _canBeNone) = (environment, canBeNone);
        _folder = new Option<string?>("--cache")
        {
            Description = "Folder in which what the model makes of images is kept between runs"
                + (canBeNone ? ", or 'none'" : string.Empty)
                + " [default: MASKGEN_CACHE, then maskgen/embeddings in the folder for caches]",
            HelpName = canBeNone ? "DIR|none" : "DIR",
        };
    }

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_size);
    }

    /// <summary>The folder; null where none is wanted, or there is no place for it.</summary>
    /// <exception cref="ArgumentException">The folder is a file.</exception>
    public EmbeddingFolder? Folder(ParseResult parsed, ImageRange range)
    {
        var folder = parsed.GetValue(_folder) ?? EmbeddingFolder.Default(_environment.Variable);
        if (folder is null || (_canBeNone && folder == None))
        {
            return null;
        }

        return folder.Length == 0 || File.Exists(folder)
            ? throw new ArgumentException($"--cache: expected a folder, found {(folder.Length == 0 ? "nothing" : $"the file '{folder}'")}.")
            : new EmbeddingFolder(folder, parsed.GetValue(_size) ?? EmbeddingFolder.DefaultBytes, range);
    }

    private static long? ParseSize(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var (_, factor) = Suffixes.FirstOrDefault(one => text.EndsWith(one.Suffix, StringComparison.OrdinalIgnoreCase), ("", 1));
        var digits = factor == 1 ? text : text[..^1];
        if (NumberOptions.TryParse(digits, NumberStyles.None, out long count) && count > 0 && count <= long.MaxValue / factor)
        {
            return count * factor;
        }

        argument.AddError($"--cache-size: expected a number of bytes such as 500M or 20G, found '{text}'.");
        return null;
    }
}
