using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Models;

/// <summary>The files of an export on disk: found from a path by their names, opened when they are needed.</summary>
/// <param name="EncoderPath">The encoder.</param>
/// <param name="DecoderPaths">One decoder, or one for a single mask and one for three.</param>
internal sealed record OnnxExportFiles(string EncoderPath, IReadOnlyList<string> DecoderPaths)
{
    public const string Extension = Sam2ModelFiles.OnnxExtension;

    /// <summary>Folder of the files in a repository of transformers.js.</summary>
    public const string RepositoryFolder = "onnx";

    private const string EncoderWord = "encoder";
    private const string DecoderWord = "decoder";
    private const int MostDecoders = 2;
    private const int MostNamed = 12;

    // What is put around these words; the longest of each comes first.
    private static readonly string[] EncoderNames = ["vision_encoder", "image_encoder", EncoderWord];
    private static readonly string[] DecoderNames = ["prompt_encoder_mask_decoder", "image_decoder", "mask_decoder", DecoderWord];

    // Says how many masks a decoder gives.
    private static readonly string[] CountWords =
        ["_multimask", "-multimask", "_multi", "-multi", "_single", "-single", ".multi", ".single"];

    /// <summary>Whether a path ends like an ONNX file.</summary>
    public static bool IsOnnx(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a path is meant as a model in ONNX: a file of that ending, or a folder with such files and no weights.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static bool IsMeant(string path) => RegularFile.Attempt(path, () => Directory.Exists(path)
        ? FilesOf(path).Count > 0 && !Sam2ModelFiles.HasWeights(path)
        : IsOnnx(path));

    /// <summary>Finds the files without opening them.</summary>
    /// <param name="path">The encoder, or a folder with it, or with a folder <c>onnx</c> that has it.</param>
    /// <param name="options">Which precision, and where the decoder is.</param>
    /// <exception cref="ArgumentException">The name of the encoder says another precision.</exception>
    /// <exception cref="FileNotFoundException">There is nothing there, or no encoder or decoder, or several that may be meant.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static OnnxExportFiles Find(string path, Sam2OnnxOptions options) => RegularFile.Attempt(path, () =>
    {
        var encoder = Directory.Exists(path) ? FindEncoder(path, options.Precision) : path;
        if (!RegularFile.Exists(encoder))
        {
            throw new FileNotFoundException($"{path}: expected a folder or an ONNX file, found nothing there.", path);
        }

        if (encoder == path && options.Precision is { } precision)
        {
            ThrowIfOtherPrecision(path, precision);
        }

        if (options.DecoderPath is { } named)
        {
            return RegularFile.Exists(named)
                ? new OnnxExportFiles(encoder, [named])
                : throw new FileNotFoundException($"{named}: expected the decoder's ONNX file, found nothing there.", named);
        }

        var beside = FilesOf(Sam2ModelFiles.FolderOf(encoder), isDeep: false);
        var key = Key(encoder, EncoderNames);
        IReadOnlyList<string> decoders = key is null ? [] : [.. beside.Where(file => Key(file, DecoderNames) == key)];
        return decoders.Count is > 0 and <= MostDecoders
            ? new OnnxExportFiles(encoder, decoders)
            : throw new FileNotFoundException(
                $"{encoder}: expected its decoder beside it, under its name with '{DecoderWord}' in the place of '{EncoderWord}', found "
                + $"{Named(decoders.Count > 0 ? decoders : beside.Where(file => file != Path.GetFullPath(encoder)))}. Name the decoder "
                + $"that is meant ({nameof(Sam2OnnxOptions.DecoderPath)}, --decoder).",
                encoder);
    });

    /// <summary>The encoder and the decoders of a precision among names of files, as transformers.js calls them; null where one of them
    /// is not there.</summary>
    /// <param name="names">Names of files in one folder.</param>
    /// <param name="precision">Which precision.</param>
    public static (string Encoder, string Decoder)? Choose(IReadOnlyCollection<string> names, Sam2OnnxPrecision precision)
    {
        var suffix = OnnxPrecisions.SuffixOf(precision) + Extension;
        var (encoder, decoder) = (EncoderNames[0] + suffix, DecoderNames[0] + suffix);
        return names.Contains(encoder) && names.Contains(decoder) ? (encoder, decoder) : null;
    }

    /// <summary>Reads all files and recognises them.</summary>
    /// <exception cref="CheckpointFormatException">They are no SAM 2, or damaged.</exception>
    /// <exception cref="IOException">One cannot be read.</exception>
    public OpenedSam2Model Open(Sam2OnnxOptions options)
    {
        var encoder = OnnxFile.Open(EncoderPath);

        // What the encoder is not is said before a decoder is read.
        _ = OnnxExportFamily.OfEncoder(encoder);
        return OpenedSam2Model.Of(OnnxExport.Of(encoder, [.. DecoderPaths.Select(OnnxFile.Open)], options));
    }

    private static void ThrowIfOtherPrecision(string path, Sam2OnnxPrecision precision)
    {
        var (found, expected) = (OnnxPrecisions.SuffixIn(Path.GetFileNameWithoutExtension(path)), OnnxPrecisions.SuffixOf(precision));
        if (!string.Equals(found, expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"{path}: expected a file of the precision {OnnxPrecisions.NameOf(precision)} ('*{expected}{Extension}'), found one whose "
                + $"name says {(found.Length == 0 ? "no other than fp32" : $"'{found}'")}. Name the file that is meant, or no precision "
                + $"({nameof(Sam2OnnxOptions.Precision)}, --dtype).",
                nameof(Sam2OnnxOptions.Precision));
        }
    }

    private static string FindEncoder(string folder, Sam2OnnxPrecision? precision)
    {
        var files = FilesOf(folder);
        var encoders = files.Where(file => Key(file, EncoderNames) is not null && Key(file, DecoderNames) is null).ToList();
        IReadOnlyList<string> fitting =
        [
            .. encoders.Where(file => string.Equals(
                OnnxPrecisions.SuffixIn(Path.GetFileNameWithoutExtension(file)),
                OnnxPrecisions.SuffixOf(precision ?? Sam2OnnxPrecision.Float32),
                StringComparison.OrdinalIgnoreCase)),
        ];
        if (precision is null && fitting.Count == 0)
        {
            fitting = encoders;
        }

        if (fitting.Count == 1)
        {
            return fitting[0];
        }

        var wanted = precision is { } named
            ? $"one image encoder of the precision {OnnxPrecisions.NameOf(named)} "
                + $"('*{EncoderWord}*{OnnxPrecisions.SuffixOf(named)}{Extension}')"
            : $"one image encoder ('*{EncoderWord}*{Extension}')";
        throw new FileNotFoundException(
            $"{folder}: expected {wanted}, found {Named(fitting.Count > 0 ? fitting : files)}. Name the file that is meant.", folder);
    }

    // What is left of a file's name without the word of its role: the same for encoder and decoder of one model. Null for no such file.
    private static string? Key(string path, string[] words)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        if (Array.Find(words, name => stem.Contains(name, StringComparison.OrdinalIgnoreCase)) is not { } word)
        {
            return null;
        }

        var place = stem.LastIndexOf(word, StringComparison.OrdinalIgnoreCase);
        var rest = stem[(place + word.Length)..];
        foreach (var count in CountWords)
        {
            if (rest.StartsWith(count, StringComparison.OrdinalIgnoreCase))
            {
                rest = rest[count.Length..];
                break;
            }
        }

        return $"{stem[..place]}\n{rest}".ToUpperInvariant();
    }

    private static List<string> FilesOf(string folder, bool isDeep = true)
    {
        // Files whose names begin with a dot are the system's, not the user's.
        List<string> files =
        [
            .. Directory.GetFiles(folder)
                .Where(file => IsOnnx(file) && !Path.GetFileName(file).StartsWith('.'))
                .Order(StringComparer.Ordinal),
        ];
        var inside = Path.Combine(folder, RepositoryFolder);
        return files.Count == 0 && isDeep && Directory.Exists(inside) ? FilesOf(inside, isDeep: false) : files;
    }

    private static string Named(IEnumerable<string> files)
    {
        var names = files.Select(file => CheckpointText.Shorten(Path.GetFileName(file))).ToList();
        return names.Count == 0 ? "none" : string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? ", ..." : string.Empty);
    }
}
