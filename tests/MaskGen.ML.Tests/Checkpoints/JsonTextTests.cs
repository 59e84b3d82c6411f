using System.Text;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

public class JsonTextTests
{
    public static TheoryData<string> Encodings => ["utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Read_ByteOrderMark_IsAccepted(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("{\"a\": \"ä€😀\"}")];
        Assert.Equal("ä€😀", JsonText.Read(bytes, "x", root => root.GetProperty("a").GetString()));
        Assert.Equal("ä€😀", JsonText.Read(new MemoryStream(bytes), "x", bytes.Length, root => root.GetProperty("a").GetString()));
    }

    [Theory]
    [InlineData("", "defect")]
    [InlineData("{", "defect")]
    [InlineData("[]", "expected a JSON object, found Array")]
    [InlineData("{} {}", "defect")]
    [InlineData("version https://git-lfs.github.com/spec/v1\nsize 3\n", "Git LFS pointer")]
    [InlineData("<!doctype html>", "HTML page")]
    [InlineData("\u001b[31m", "defect")]
    public void Read_NoObject_SaysWhatIsThere(string text, string message)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => JsonText.Read(Encoding.UTF8.GetBytes(text), "file x", _ => 0));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Fact]
    public void Read_HalfACharacter_Throws()
    {
        foreach (var bytes in new byte[][] { [0xff, 0xfe, (byte)'{'], [0xff, 0xfe, 0, 0xd8, 0, 0xd8], [0xef, 0xbb, 0xbf, 0xff],
            [0xff, 0xfe, 0, 0, 1] })
        {
            Assert.Throws<CheckpointFormatException>(() => JsonText.Read(bytes, "x", _ => 0));
        }
    }

    [Fact]
    public void Read_TooLong_Throws() =>
        Assert.Contains(
            "at most 9 bytes",
            Assert.Throws<CheckpointFormatException>(() => JsonText.Read(new MemoryStream(new byte[10]), "x", 9, _ => 0)).Message,
            StringComparison.Ordinal);
}
