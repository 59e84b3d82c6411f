using System.CommandLine;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say how very large images are cut into tiles.</summary>
internal sealed class TileOptions
{
    private readonly Option<int?> _tile = NumberOptions.Whole(
        "--tile",
        "Segment by tiles of this many pixels a side, each read by itself, so that memory is bounded by the tile; --max-pixels applies to "
            + "it [default: the whole image at once]",
        "N",
        "2048");

    private readonly Option<float?> _overlap = NumberOptions.Decimal(
        "--tile-overlap",
        "By which part of its side a tile overlaps the next [default: 0.25]",
        "0.1..0.5",
        "a number from 0.1 to 0.5",
        "0.25");

    public void AddTo(Command command)
    {
        command.Add(_tile);
        command.Add(_overlap);
    }

    /// <summary>The tiles; null where images are segmented as a whole.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public MaskTilingOptions? Read(ParseResult parsed)
    {
        var (tile, overlap) = (parsed.GetValue(_tile), parsed.GetValue(_overlap));
        if (tile is null)
        {
            return overlap is null ? null : throw new ArgumentException(
                $"{_overlap.Name}: expected {_tile.Name} beside it, found it alone; {_tile.Name} 2048 is usual.");
        }

        var options = new MaskTilingOptions { TileSize = tile.Value };
        options = overlap is { } part ? options with { Overlap = (double)(decimal)part } : options;
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw OptionErrors.Of(e.ParamName == nameof(MaskTilingOptions.TileSize) ? _tile : _overlap, e);
        }
    }
}
