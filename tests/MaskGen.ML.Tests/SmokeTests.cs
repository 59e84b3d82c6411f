namespace MaskGen.ML.Tests;

public class SmokeTests
{
    [Fact]
    public void A() => Assert.Equal(new ImageSize(2, 3), new ImageSize(2, 3));
}
