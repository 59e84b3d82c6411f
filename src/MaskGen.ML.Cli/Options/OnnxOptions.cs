using System.CommandLine;
using System.CommandLine.Parsing;
using MaskGen.ML.Models;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options of a model in ONNX: what its files do not say of themselves.</summary>
internal sealed class OnnxOptions
{
    private readonly Option<Sam2OnnxPrecision?> _precision = new("--dtype")
    {
        Description = $"Of a model in ONNX, its precision: {string.Join(", ", OnnxPrecisions.Names)} [default: fp32]",
        HelpName = string.Join('|', OnnxPrecisions.Names),
        CustomParser = ReadPrecision,
    };

    private readonly Option<string?> _decoder = new("--decoder")
    {
        Description = "Of a model in ONNX, its decoder [default: the one beside the encoder that is called like it]",
        HelpName = "FILE.onnx",
    };

    private readonly Option<Sam2OnnxPixels?> _pixels = new("--onnx-pixels")
    {
        Description = "Of a model in ONNX, the pixels that it takes: normalized, raw (0 to 255) or unit (0 to 1) [default: normalized]",
        HelpName = "normalized|raw|unit",
        CustomParser = ReadPixels,
    };

    private readonly Option<bool> _keepsAspect = new("--onnx-keep-aspect")
    {
        Description = "Of a model in ONNX: it takes images that keep their aspect ratio, with zeros beside them",
    };

    public OnnxOptions() => _precision.CompletionSources.Add([.. OnnxPrecisions.Names]);

    /// <summary>The precision alone, for commands that only look at files.</summary>
    public Option<Sam2OnnxPrecision?> Precision => _precision;

    public void AddTo(Command command)
    {
        command.Add(_precision);
        command.Add(_decoder);
        command.Add(_pixels);
        command.Add(_keepsAspect);
    }

    /// <summary>What was typed. Whoever asks for one mask gets the best of three from a model that gives no single one: so are boxes usable
    /// with all of them.</summary>
    public Sam2OnnxOptions Read(ParseResult parsed) => new()
    {
        Precision = parsed.GetValue(_precision),
        DecoderPath = parsed.GetValue(_decoder),
        Pixels = parsed.GetValue(_pixels) ?? Sam2OnnxPixels.Normalized,
        KeepAspectRatio = parsed.GetValue(_keepsAspect),
        BestAsSingle = true,
    };

    private static Sam2OnnxPrecision? ReadPrecision(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (OnnxPrecisions.Find(text) is { } precision)
        {
            return precision;
        }

        argument.AddError(
            $"--dtype: expected {string.Join(", ", OnnxPrecisions.Names)}, found '{text}'."
            + Spelling.Question(text, [.. OnnxPrecisions.Names]));
        return null;
    }

    private static Sam2OnnxPixels? ReadPixels(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (text.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse<Sam2OnnxPixels>(text, ignoreCase: true, out var pixels))
        {
            return pixels;
        }

        argument.AddError($"--onnx-pixels: expected normalized, raw or unit, found '{text}'.");
        return null;
    }
}
