using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MaskGen.ML.Cli.Commands;

/// <summary>The options that say which object is meant.</summary>
internal sealed class PromptOptions
{
    private readonly Option<PointPrompt[]> _points = new("--point")
    {
        Description = "A point in pixels of the picture, on the object (LABEL 1, the default) or off it (0); may be repeated",
        HelpName = "X,Y[,LABEL]",
        CustomParser = argument => Parse(argument, ToPoint),
    };

    private readonly Option<BoxXyxy[]> _boxes = new("--box")
    {
        Description = "A box around the object in pixels of the picture; without points, each of several boxes is an object of its own",
        HelpName = "X0,Y0,X1,Y1",
        CustomParser = argument => Parse(argument, ToBox),
    };

    private readonly Option<string?> _mask = new("--mask") { Description = "An earlier mask of the object as a picture: bright on it, dark off it", HelpName = "FILE.png" };
    private readonly Option<bool> _multimask = new("--multimask") { Description = "Three masks per object [default for a single point]" };
    private readonly Option<bool> _single = new("--single") { Description = "One mask per object [default for anything else]" };

    public void AddTo(Command command)
    {
        command.Add(_points);
        command.Add(_boxes);
        command.Add(_mask);
        command.Add(_multimask);
        command.Add(_single);
        command.Validators.Add(Validate);
    }

    /// <summary>Three masks where one point leaves open which object is meant, one mask otherwise; unless the user said.</summary>
    public MaskOutput Output(ParseResult parsed)
    {
        if (parsed.GetValue(_multimask) || parsed.GetValue(_single))
        {
            return parsed.GetValue(_multimask) ? MaskOutput.Multimask : MaskOutput.Single;
        }

        return Points(parsed).Length == 1 && Boxes(parsed).Length == 0 && parsed.GetValue(_mask) is null ? MaskOutput.Multimask : MaskOutput.Single;
    }

    /// <summary>The prompts, one per object.</summary>
    public IReadOnlyList<Sam2Prompt> Prompts(ParseResult parsed, int inputSize)
    {
        ReadOnlyMemory<float>? mask = null;
        if (parsed.GetValue(_mask) is { } path)
        {
            mask = MaskPrompt.FromPicture(RgbImage.Load(path), inputSize);
        }

        var (points, boxes) = (Points(parsed), Boxes(parsed));
        return boxes.Length > 1
            ? [.. boxes.Select(box => new Sam2Prompt { Box = box, MaskLogits = mask })]
            : [new Sam2Prompt { Points = points, Box = boxes.Length == 1 ? boxes[0] : null, MaskLogits = mask }];
    }

    /// <summary>The files that the prompts are read from.</summary>
    public IEnumerable<string> Files(ParseResult parsed) => parsed.GetValue(_mask) is { } path ? [path] : [];

    private PointPrompt[] Points(ParseResult parsed) => parsed.GetValue(_points) ?? [];

    private BoxXyxy[] Boxes(ParseResult parsed) => parsed.GetValue(_boxes) ?? [];

    private void Validate(CommandResult command)
    {
        // Counted, not read: what cannot be read has an error of its own.
        var (points, boxes, masks) = (Count(_points), Count(_boxes), Count(_mask));
        if (points + boxes + masks == 0)
        {
            command.AddError("Expected a --point, a --box or a --mask, found none.");
        }
        else if (boxes > 1 && points + masks > 0)
        {
            command.AddError($"Expected one --box beside points or a mask (they are one object), found {boxes}.");
        }

        if (command.GetValue(_multimask) && command.GetValue(_single))
        {
            command.AddError("Expected --multimask or --single, found both.");
        }

        int Count(Option option) => command.GetResult(option)?.Tokens.Count ?? 0;
    }

    private static T[] Parse<T>(ArgumentResult argument, Func<string, T?> parse)
        where T : struct
    {
        var values = new List<T>();
        foreach (var token in argument.Tokens)
        {
            if (parse(token.Value) is { } value)
            {
                values.Add(value);
            }
            else
            {
                var option = (OptionResult)argument.Parent!;
                argument.AddError($"{option.Option.Name}: expected {option.Option.HelpName}, found '{token.Value}'.");
            }
        }

        return [.. values];
    }

    private static PointPrompt? ToPoint(string text) => Numbers(text) switch
    {
        [var x, var y] => new PointPrompt(x, y),
        [var x, var y, 0] => new PointPrompt(x, y, PointLabel.Background),
        [var x, var y, 1] => new PointPrompt(x, y),
        _ => null,
    };

    private static BoxXyxy? ToBox(string text) =>
        Numbers(text) is [var x0, var y0, var x1, var y1] && x0 <= x1 && y0 <= y1 ? new BoxXyxy(x0, y0, x1, y1) : null;

    private static float[] Numbers(string text)
    {
        var parts = text.Split(',');
        var numbers = new float[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !float.IsFinite(numbers[i]))
            {
                return [];
            }
        }

        return numbers;
    }
}
