namespace MaskGen.ML.Sam2;

/// <summary>What one block of the trunk does, worked out from the per-stage settings.</summary>
/// <param name="Index">Index over all stages.</param>
/// <param name="InputWidth">Channels in.</param>
/// <param name="OutputWidth">Channels out; differs only in the first block of a stage.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="WindowSize">Window side in tokens, 0 for attention over the whole map.</param>
/// <param name="QueryStride">Pooling factor of queries and residual, 1 for none.</param>
/// <param name="EndsStage">Whether its output feeds the feature pyramid.</param>
internal sealed record HieraBlock(int Index, int InputWidth, int OutputWidth, int Heads, int WindowSize, int QueryStride, bool EndsStage)
{
    /// <summary>All blocks of a trunk in order.</summary>
    public static IReadOnlyList<HieraBlock> Of(HieraTrunkConfig trunk)
    {
        var blocks = new List<HieraBlock>();
        for (var stage = 0; stage < trunk.BlocksPerStage.Length; stage++)
        {
            for (var i = 0; i < trunk.BlocksPerStage[stage]; i++)
            {
                // The first block of a stage still has the width (in) and the window of the stage before.
                var first = stage > 0 && i == 0;
                var index = blocks.Count;
                blocks.Add(new HieraBlock(
                    index,
                    trunk.WidthPerStage[first ? stage - 1 : stage],
                    trunk.WidthPerStage[stage],
                    trunk.HeadsPerStage[stage],
                    trunk.GlobalAttentionBlocks.Contains(index) ? 0 : trunk.WindowSizePerStage[first ? stage - 1 : stage],
                    first && stage <= trunk.QueryPoolStages ? trunk.QueryStride : 1,
                    i == trunk.BlocksPerStage[stage] - 1));
            }
        }

        return blocks;
    }
}
