using System.Globalization;

namespace MaskGen.ML.Tests.Stages;

public class StageMemoryTests
{
    // A few images of 460 kB more or less; 190 of them kept would be 87 MB.
    private const long ManagedSlack = 4 << 20;

    // Heaps, native ones too, settle in steps; 200 images that nobody freed would be 190 x 600 kB on top.
    private const long ResidentSlack = 48 << 20;

    [Fact]
    public void Transform_TwoHundredRowsThroughOneCursor_KeepsMemoryFlatAndOneSession()
    {
        var numbers = ChildProcess.Run(nameof(ChildProcess.Transform_ManyRows_GivesTheMemory), "images/breakfast.png")
            .ConvertAll(line => long.Parse(line, CultureInfo.InvariantCulture));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', numbers));
        Assert.InRange(numbers[2] - numbers[0], -ManagedSlack * 16, ManagedSlack);
        Assert.InRange(numbers[3] - numbers[1], -ResidentSlack * 16, ResidentSlack);
        Assert.Equal(1, numbers[4]);
        Assert.Equal(200, numbers[5]);
    }
}
