namespace MaskGen.ML.Tests;

public class FormulaCheckpointTests
{
    [Fact]
    public void ReadFloat32_ApprovedTensors_BeginWithTheApprovedValues()
    {
        var golden = OfficialGoldens.Read("tiny");
        using var opened = TestModel.OpenOfficial("tiny");

        foreach (var (name, values) in golden.Check)
        {
            Assert.Equal(values, opened.Weights.ReadFloat32(name).Span[..values.Length].ToArray());
        }
    }
}
