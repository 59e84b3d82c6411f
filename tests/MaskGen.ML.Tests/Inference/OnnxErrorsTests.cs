using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class OnnxErrorsTests
{
    [Theory]
    [InlineData("Non-zero status code\r\n  returned\n", "ONNX Runtime failed: Non-zero status code returned.")]
    [InlineData("It ends well.", "ONNX Runtime failed: It ends well.")]
    public void Failed_AnyText_IsOneSentenceOnOneLine(string message, string expected) =>
        Assert.Equal(expected, OnnxErrors.Failed(message).Message);

    [Theory]
    [InlineData("std::bad_alloc")]
    [InlineData("Failed to allocate memory for requested buffer of size 4294967296")]
    [InlineData("CUDA failure 2: out of memory ; GPU=0")]
    [InlineData("CUBLAS failure: bad allocation")]
    public void Failed_NoMemory_SaysSo(string message) =>
        Assert.StartsWith("There is not enough memory. ", OnnxErrors.Failed(message).Message, StringComparison.Ordinal);
}
