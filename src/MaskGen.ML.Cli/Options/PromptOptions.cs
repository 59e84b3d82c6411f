using System.CommandLine;
using System.CommandLine.Parsing;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say which object is meant.</summary>
internal sealed class PromptOptions
{
    private readonly Option<PointPrompt[]> _points = new("--point", "-p")
    {
        Description = "A point in pixels of the image, on the object (LABEL 1, the default) or off it (0); may be repeated",
        HelpName = "X,Y[,LABEL]",
        CustomParser = argument => Parse(argument, PromptText.Point),
    };

    private readonly Option<BoxXyxy[]> _boxes = new("--box", "-b")
    {
        Description = "A box around the object in pixels of the image; without points, each of several boxes is an object of its own",
        HelpName = "X0,Y0,X1,Y1",
        CustomParser = argument => Parse(argument, PromptText.Box),
    };

    private readonly Option<string?> _mask = new("--mask")
    {
        Description = "An earlier mask of the object, to be refined by a point or a box beside it: an image of the same size, bright on "
            + "the object, dark off it",
        HelpName = "FILE.png",
    };

    private readonly Option<string?> _boxFile = new("--boxes")
    {
        Description = "Boxes from a file, each an object with its label and score: CSV with a header, JSON, COCO's detections or a "
            + "data set; it may name the images",
        HelpName = "FILE",
    };

    private readonly Option<string?> _pointFile = new("--points")
    {
        Description = "Points from a file: CSV with a header, or JSON; those with the same value in 'object' are one object",
        HelpName = "FILE",
    };

    private readonly Option<bool> _multimask = new("--multimask") { Description = "Three masks per object [default for a single --point]" };
    private readonly Option<bool> _single = new("--single") { Description = "One mask per object [default for anything else]" };

    public void AddTo(Command command)
    {
        command.Add(_points);
        command.Add(_boxes);
        command.Add(_mask);
        command.Add(_boxFile);
        command.Add(_pointFile);
        command.Add(_multimask);
        command.Add(_single);
        _mask.Validators.Add(ImageArguments.Validate);
        _boxFile.Validators.Add(result => ValidateFile(result, _boxes.Name, "boxes"));
        _pointFile.Validators.Add(result => ValidateFile(result, _points.Name, "points"));
        command.Validators.Add(Validate);
    }

    /// <summary>Three masks where one point leaves open which object is meant, one mask otherwise; unless the user said.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="isDisjoint">Whether each pixel is to belong to one mask: candidates of one object would take each other's.</param>
    /// <exception cref="ArgumentException">Candidates were asked for, and that they are disjoint.</exception>
    public MaskOutput Output(ParseResult parsed, bool isDisjoint = false)
    {
        if (isDisjoint)
        {
            return parsed.GetValue(_multimask)
                ? throw new ArgumentException(
                    $"--disjoint: expected one mask per object, found {_multimask.Name}: candidates of one object would be cut out of each "
                    + "other.")
                : MaskOutput.Single;
        }

        if (parsed.GetValue(_multimask) || parsed.GetValue(_single))
        {
            return parsed.GetValue(_multimask) ? MaskOutput.Multimask : MaskOutput.Single;
        }

        // Of files with a box or a point for each object, one mask each.
        return Points(parsed).Length == 1 && Boxes(parsed).Length == 0 && parsed.GetValue(_mask) is null
            ? MaskOutput.Multimask
            : MaskOutput.Single;
    }

    /// <summary>Makes sure that points and boxes can be meant for an image.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="image">Size of the image.</param>
    /// <param name="say">Receives what may be a mistake.</param>
    /// <exception cref="ArgumentException">One cannot; the message names option, value and limit.</exception>
    public void Check(ParseResult parsed, ImageSize image, Action<string> say)
    {
        var (points, boxes) = (Points(parsed), Boxes(parsed));
        foreach (var problem in points.Select(point => PromptText.Problem(point, image)).OfType<string>())
        {
            throw new ArgumentException($"{_points.Name} {problem}");
        }

        foreach (var problem in boxes.Select(box => PromptText.Problem(box, image)).OfType<string>())
        {
            throw new ArgumentException($"{_boxes.Name} {problem}");
        }

        if (points.Length + boxes.Length == 0 && parsed.GetValue(_mask) is not null)
        {
            say($"{_mask.Name}: SAM 2 expects a point or a box beside an earlier mask; alone it gives poor masks, often of something "
                + $"else. Add a {_points.Name} on the object, or a {_boxes.Name} around it.");
        }

        var coordinates = points.SelectMany(point => new[] { point.X, point.Y })
            .Concat(boxes.SelectMany(box => new[] { box.X0, box.Y0, box.X1, box.Y1 }))
            .ToList();
        if (coordinates.Count == 0 || !PromptText.MayBeFractions(coordinates, image))
        {
            return;
        }

        var hint = $"expected pixels of the image ({image.Width} x {image.Height}), found coordinates from 0 to 1 only; "
            + "multiply them by its width and height.";
        if (boxes.Length > 0 || coordinates.Exists(value => !float.IsInteger(value)))
        {
            throw new ArgumentException($"{(points.Length > 0 ? _points.Name : _boxes.Name)}: {hint}");
        }

        // Whole numbers can be meant: pixels in the upper left corner.
        say($"{_points.Name}: taken as pixels in the upper left corner of the image ({image.Width} x {image.Height}). If parts of its "
            + "width and height were meant, multiply by them.");
    }

    /// <summary>The earlier mask; null for none.</summary>
    /// <exception cref="ArgumentException">It is not of the image's size.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not an image.</exception>
    public RgbImage? Mask(ParseResult parsed, ImageSize image, ImageLoadOptions limits)
    {
        if (parsed.GetValue(_mask) is not { } path)
        {
            return null;
        }

        var mask = RgbImage.Load(path, limits);
        return mask.Size == image
            ? mask
            : throw new ArgumentException(
                $"{_mask.Name} {path}: expected a mask of the image's size ({image.Width} x {image.Height}), "
                + $"found {mask.Size.Width} x {mask.Size.Height}.");
    }

    /// <summary>The prompts, one per object.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="mask">The earlier mask; null for none.</param>
    /// <param name="label">What the objects are; null for unknown.</param>
    /// <param name="inputSize">Side of the model's input.</param>
    public IReadOnlyList<Sam2Prompt> Prompts(ParseResult parsed, RgbImage? mask, string? label, int inputSize)
    {
        ReadOnlyMemory<float>? logits = mask is null ? null : MaskLogits.FromImage(mask, inputSize);
        var (points, boxes) = (Points(parsed), Boxes(parsed));
        return boxes.Length > 1
            ? [.. boxes.Select(box => new Sam2Prompt { Box = box, MaskLogits = logits, Label = label })]
            : [new Sam2Prompt { Points = points, Box = boxes.Length == 1 ? boxes[0] : null, MaskLogits = logits, Label = label }];
    }

    /// <summary>The files of boxes and points; null where there is none.</summary>
    public (string? Boxes, string? Points) PromptFiles(ParseResult parsed) => (parsed.GetValue(_boxFile), parsed.GetValue(_pointFile));

    /// <summary>The files that the prompts are read from.</summary>
    public IEnumerable<string> Files(ParseResult parsed) =>
        new[] { parsed.GetValue(_mask), parsed.GetValue(_boxFile), parsed.GetValue(_pointFile) }.OfType<string>();

    private PointPrompt[] Points(ParseResult parsed) => parsed.GetValue(_points) ?? [];

    private BoxXyxy[] Boxes(ParseResult parsed) => parsed.GetValue(_boxes) ?? [];

    private void Validate(CommandResult command)
    {
        // Counted, not read: what cannot be read has an error of its own.
        var (points, boxes, masks) = (Count(_points), Count(_boxes), Count(_mask));
        var files = Count(_boxFile) + Count(_pointFile);
        if (points + boxes + masks + files == 0)
        {
            command.AddError("Expected a --point, a --box, a --mask, --boxes or --points, found none.");
        }
        else if (files > 0 && points + boxes + masks > 0)
        {
            command.AddError("Expected --boxes and --points, or --point, --box and --mask; found some of both.");
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

    private static void ValidateFile(OptionResult result, string typed, string what)
    {
        foreach (var token in result.Tokens.Where(token => !File.Exists(token.Value)))
        {
            result.AddError(
                $"{result.Option.Name} {token.Value}: expected a file of {what}, found no file of that name; {typed} takes what is typed.");
        }
    }

    private static T[] Parse<T>(ArgumentResult argument, Func<string, (T Value, string? Problem)> parse)
    {
        var values = new List<T>();
        foreach (var token in argument.Tokens)
        {
            var (value, problem) = parse(token.Value);
            if (problem is null)
            {
                values.Add(value);
            }
            else
            {
                argument.AddError($"{((OptionResult)argument.Parent!).Option.Name}: {problem}");
            }
        }

        return [.. values];
    }
}
