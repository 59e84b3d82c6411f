using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference.Exports;

public class ExportDecoderSessionTests
{
    [Theory]
    [InlineData("Non-zero status code returned while running Reshape node: the input tensor cannot be reshaped", true)]
    [InlineData("Failed to allocate memory for requested buffer of size 4294967296", false)]
    [InlineData("std::bad_alloc", false)]
    public void MayBeMadeForOne_MemoryThatDidNotSuffice_SaysNothingOfTheFile(string message, bool expected) =>
        Assert.Equal(expected, ExportDecoderSession.MayBeMadeForOne(OnnxErrors.Failed(message)));
}
