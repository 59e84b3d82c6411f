using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Sam2;

public class HieraBlockTests
{
    [Fact]
    public void Of_Tiny_WindowsLagOneBlockAndGlobalBlocksHaveNone()
    {
        var blocks = HieraBlock.Of(new HieraTrunkConfig());

        Assert.Equal([8, 8, 4, 4, 14, 0, 14, 0, 14, 0, 14, 7], blocks.Select(block => block.WindowSize));
        Assert.Equal([1, 2, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1], blocks.Select(block => block.QueryStride));
        Assert.Equal([96, 96, 192, 192, 384, 384, 384, 384, 384, 384, 384, 768], blocks.Select(block => block.InputWidth));
        Assert.Equal([0, 2, 9, 11], blocks.Where(block => block.EndsStage).Select(block => block.Index));
    }
}
