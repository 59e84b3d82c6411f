using System.CommandLine;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say how masks are written by formats that leave a choice.</summary>
internal sealed class FormatOptions
{
    // Far more than anybody means, and far from where sums overflow.
    private const int MostPixels = 10_000;

    private readonly Option<float?> _tolerance = NumberOptions.Decimal(
        "--polygon-tolerance",
        "Largest error of polygons in pixels; 0 writes the exact outlines [default: at most 1, less where the IoU with the mask would be "
            + "0.99 or less; svg: 0]",
        "PIXELS",
        "a number of pixels, 0 or more,",
        "0.5");

    private readonly Option<NameOptions.Choice<ShapeForm>?> _shapes = NameOptions.OneOf(
        "--shapes",
        "How coco, labelme, cvat and labelstudio write masks: polygons, or masks, which are exact; a mask with a hole is "
            + "always written as mask [default: masks for coco, polygons for the others]",
        ("polygons", ShapeForm.Polygons),
        ("masks", ShapeForm.Masks));

    private readonly Option<bool> _canvas = new("--cutout-canvas")
    {
        Description = "Give cut-outs the size of the image instead of cropping them to their box",
    };

    private readonly Option<int> _softEdge = NumberOptions.Whole("--cutout-soft-edge", "Pixels over which the edges of cut-outs fade", 0);

    private readonly Option<string?> _address = new("--image-address")
    {
        Description = "What stands before the name of an image in files for Label Studio, such as '/data/local-files/?d=photos/'",
        HelpName = "PREFIX",
    };

    public void AddTo(Command command)
    {
        command.Add(_tolerance);
        command.Add(_shapes);
        command.Add(_canvas);
        command.Add(_softEdge);
        command.Add(_address);
    }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public ResultFormatOptions Read(ParseResult parsed)
    {
        var (tolerance, softEdge) = (parsed.GetValue(_tolerance), parsed.GetValue(_softEdge));
        if (!(tolerance is null or (>= 0 and <= MostPixels)))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{_tolerance.Name}: expected a number of pixels from 0 to {MostPixels}, found {tolerance}."));
        }

        if (softEdge is < 0 or > MostPixels)
        {
            throw new ArgumentException($"{_softEdge.Name}: expected a number of pixels from 0 to {MostPixels}, found {softEdge}.");
        }

        return new ResultFormatOptions
        {
            // As typed: the nearest number of twice the digits has others behind them.
            PolygonTolerance = (double?)(decimal?)tolerance,
            Shapes = parsed.GetValue(_shapes)?.Value,
            CutoutCanvas = parsed.GetValue(_canvas),
            CutoutSoftEdge = softEdge,
            ImageAddress = parsed.GetValue(_address) ?? string.Empty,
        };
    }
}
