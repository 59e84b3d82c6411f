using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>A file of nothing but names is refused before they take more memory than the file.</summary>
public class CheckpointTextBudgetTests
{
    private const int Names = 3 << 20;

    [Fact]
    public void Read_PickleOfTexts_IsRefused()
    {
        var text = new byte[4096];
        byte[] push = [(byte)'X', 0, 16, 0, 0, .. text];
        var pickle = new byte[2 + (Names / text.Length * push.Length)];
        pickle[0] = 0x80;
        pickle[1] = 2;
        for (var at = 2; at < pickle.Length; at += push.Length)
        {
            push.CopyTo(pickle, at);
        }

        var error = Assert.Throws<CheckpointFormatException>(
            () => TorchCheckpointReader.Read(new MemoryStream(TorchFile.WithPickle(pickle)), "hostile.pt"));

        Assert.Contains("bytes of texts in a file of this size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DirectoryOfNames_IsRefused()
    {
        var members = Enumerable.Range(0, Names / 1000).Select(i => ($"{i:D1000}", Array.Empty<byte>()));

        var error = Assert.Throws<CheckpointFormatException>(
            () => TorchCheckpointReader.Read(new MemoryStream(TorchFile.Zip(members)), "hostile.pt"));

        Assert.Contains("bytes of names in a file of this size", error.Message, StringComparison.Ordinal);
    }
}
