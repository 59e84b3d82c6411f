using System.Globalization;
using System.IO.Hashing;
using System.Text;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>A SAM 2 that somebody has exported to ONNX, in memory: an encoder, one decoder or two, and their sizes.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
internal sealed class OnnxExport
{
    private string? _fingerprint;

    private OnnxExport(
        OnnxExportFamily family,
        OnnxFile? encoder,
        IReadOnlyList<OnnxExportDecoder> decoders,
        Sam2OnnxOptions options,
        OnnxExportSizes sizes)
    {
        Family = family;
        Encoder = encoder;
        Decoders = decoders;
        Options = options;
        Sizes = sizes;
        Name = encoder is null && decoders.Count == 0 ? string.Empty : Path.GetFileName(Source);
        Config = new Sam2ModelConfig
        {
            // The frame of the masks: an export may take more or fewer pixels than sixteen for each side of a token.
            ImageSize = 16 * sizes.EmbeddingSide,
            HiddenSize = sizes.Channels,

            // The graph has chosen already.
            MaskDecoder = new MaskDecoderConfig { DynamicMultimaskViaStability = false },
        };
    }

    /// <summary>Who exported it.</summary>
    public OnnxExportFamily Family { get; }

    /// <summary>The encoder; null in a saved stage that has none.</summary>
    public OnnxFile? Encoder { get; }

    /// <summary>The decoders; none in a saved stage that has none.</summary>
    public IReadOnlyList<OnnxExportDecoder> Decoders { get; }

    public Sam2OnnxOptions Options { get; }

    public OnnxExportSizes Sizes { get; }

    /// <summary>The sizes as a configuration: of the trunk nothing is known.</summary>
    public Sam2ModelConfig Config { get; }

    /// <summary>Every file, the encoder first.</summary>
    public IEnumerable<OnnxFile> Files => (Encoder is null ? [] : new[] { Encoder }).Concat(Decoders.Select(decoder => decoder.File));

    /// <summary>A name for messages: the path of the encoder, if there is one.</summary>
    public string Source => Files.First().Source;

    /// <summary>The last part of that.</summary>
    public string Name { get; private init; }

    /// <summary>Whether images may be preprocessed as SAM 2 does, apart from the encoder.</summary>
    public bool HasUsualPixels => Options is { Pixels: Sam2OnnxPixels.Normalized, KeepAspectRatio: false }
        && Sizes.PixelSide == Config.ImageSize;

    /// <summary>Identifies the model by the bytes of its files and how pixels are prepared, 32 hexadecimal digits; notices damage and
    /// mix-ups.</summary>
    public string Fingerprint => _fingerprint ??= ComputeFingerprint();

    /// <summary>What is known of the export, for whoever keeps it longer than its files.</summary>
    public OnnxExport WithoutFiles() => new(Family, null, [], Options, Sizes) { Name = Name, _fingerprint = _fingerprint };

    /// <summary>Recognises what was read.</summary>
    /// <exception cref="CheckpointFormatException">It is no SAM 2, or parts do not fit each other; the message names what was
    /// found.</exception>
    public static OnnxExport Of(OnnxFile encoder, IReadOnlyList<OnnxFile> decoders, Sam2OnnxOptions options)
    {
        var families = OnnxExportFamily.OfEncoder(encoder);
        var family = families[0];
        foreach (var decoder in decoders)
        {
            family = OnnxExportFamily.OfDecoder(decoder, families);
            families = [family];
        }

        IReadOnlyList<OnnxExportDecoder> all = [.. decoders.Select(file => new OnnxExportDecoder(file, family))];
        var sizes = OnnxExportSizes.Read(family, encoder, decoders);
        Check(family, encoder, all);
        return new OnnxExport(family, encoder, all, options, sizes);
    }

    /// <summary>Puts together what a saved stage holds of a model.</summary>
    /// <exception cref="CheckpointFormatException">A part is not what it should be.</exception>
    public static OnnxExport OfParts(
        OnnxFile? encoder, IReadOnlyList<OnnxFile> decoders, Sam2OnnxOptions options, OnnxExportSizes sizes)
    {
        if (encoder is not null)
        {
            return new OnnxExport(
                decoders.Count > 0 ? OnnxExportFamily.OfDecoder(decoders[0], OnnxExportFamily.OfEncoder(encoder))
                    : OnnxExportFamily.OfEncoder(encoder)[0],
                encoder,
                [.. decoders.Select(file => new OnnxExportDecoder(file, OnnxExportFamily.OfDecoder(file, OnnxExportFamily.All)))],
                options,
                sizes);
        }

        var family = OnnxExportFamily.OfDecoder(decoders[0], OnnxExportFamily.All);
        return new OnnxExport(family, null, [.. decoders.Select(file => new OnnxExportDecoder(file, family))], options, sizes);
    }

    // Types that are passed as they are, and are not converted on the way.
    private static void Check(OnnxExportFamily family, OnnxFile encoder, IReadOnlyList<OnnxExportDecoder> decoders)
    {
        CheckFloat(encoder, encoder.Header.Input(family.Image)!);
        CheckFloat(encoder, encoder.Header.Output(family.Embedding)!);
        foreach (var decoder in decoders)
        {
            var header = decoder.File.Header;
            foreach (var name in new[]
            {
                family.Embedding, family.Features0, family.Features1, family.Points, family.Boxes, family.MaskInput, family.HasMaskInput,
            }.OfType<string>())
            {
                CheckFloat(decoder.File, header.Input(name)!);
            }

            CheckFloat(decoder.File, header.Output(family.Masks)!);
            CheckFloat(decoder.File, header.Output(family.PredictedIou)!);
            if (decoder.LabelType is not (OnnxElementTypes.Float32 or OnnxElementTypes.Int32 or OnnxElementTypes.Int64))
            {
                throw new CheckpointFormatException(
                    decoder.File.Source, $"expected labels of float32, int32 or int64, found {header.Input(family.Labels)}.");
            }

            if (decoder.MaskCount is { } masks and not (1 or 3))
            {
                throw new CheckpointFormatException(
                    decoder.File.Source,
                    string.Create(CultureInfo.InvariantCulture, $"expected one mask or three for a prompt, found {masks}: ")
                    + $"{header.Output(family.PredictedIou)}.");
            }
        }
    }

    private static void CheckFloat(OnnxFile file, OnnxValue value)
    {
        if (value.ElementType != OnnxElementTypes.Float32)
        {
            throw new CheckpointFormatException(
                file.Source,
                $"expected float32, found {value}: an export of lower precision has to keep its inputs and outputs float32.");
        }
    }

    private string ComputeFingerprint()
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"onnx {Family.Name} {Options.Pixels} {Options.KeepAspectRatio}\n")));
        foreach (var file in Files)
        {
            hash.Append(file.Model);
            foreach (var (_, bytes) in file.Weights)
            {
                hash.Append(bytes);
            }
        }

        return Convert.ToHexString(hash.GetCurrentHash()).ToLowerInvariant();
    }
}
