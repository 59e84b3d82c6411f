using System.CommandLine;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say what becomes of masks that overlap.</summary>
internal sealed class OverlapOptions
{
    private readonly Option<float?> _nms = NumberOptions.Decimal(
        "--mask-nms",
        "Discard a mask whose IoU with one of a better predicted IoU is above this, or of which more than this fraction lies in one",
        "0..1",
        "a number from 0 to 1",
        "0.7");

    private readonly Option<NameOptions.Choice<DisjointRule>?> _disjoint = NameOptions.OneOf(
        "--disjoint",
        "Give each pixel to one mask: the smaller one, or the one with the better predicted IoU; masks of which nothing is "
            + "left are left out",
        ("smaller", DisjointRule.Smaller),
        ("better", DisjointRule.Better));

    public void AddTo(Command command)
    {
        command.Add(_nms);
        command.Add(_disjoint);
    }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public MaskSelectionOptions Read(ParseResult parsed)
    {
        var threshold = parsed.GetValue(_nms);
        return threshold is null or (>= 0 and <= 1)
            ? new MaskSelectionOptions { NmsThreshold = (double?)(decimal?)threshold, Disjoint = parsed.GetValue(_disjoint)?.Value }
            : throw new ArgumentException(FormattableString.Invariant($"{_nms.Name}: expected 0 to 1, found {threshold}."));
    }
}
