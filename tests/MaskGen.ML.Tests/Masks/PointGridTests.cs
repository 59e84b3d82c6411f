using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class PointGridTests
{
    [Fact]
    public void Regular_TwoPerSide_GivesCellCentresRowByRow()
    {
        Assert.Equal([(0.25f, 0.25f), (0.75f, 0.25f), (0.25f, 0.75f), (0.75f, 0.75f)], PointGrid.Regular(2));
    }

    [Theory]
    [InlineData(32, 1, 2, 32)]
    [InlineData(32, 2, 0, 32)]
    [InlineData(32, 2, 1, 16)]
    [InlineData(32, 3, 1, 10)]
    [InlineData(2, 4, 2, 1)]
    public void PointsPerSide_OfALayer_ShrinksByTheFactorAndNeverToNothing(int side, int factor, int layer, int expected)
    {
        Assert.Equal(expected, PointGrid.PointsPerSide(side, factor, layer));
    }
}
