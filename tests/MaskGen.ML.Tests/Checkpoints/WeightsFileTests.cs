using System.IO.Compression;
using System.Text;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>What is no weights file is called what it is, whatever its name says.</summary>
public class WeightsFileTests
{
    private const string LfsPointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 155970792\n";

    public static TheoryData<string, byte[], string[]> Foreign => new()
    {
        { "an LFS pointer", Encoding.UTF8.GetBytes(LfsPointer), ["Git LFS pointer", "to 155970792 bytes", "git lfs pull"] },
        { "an HTML page", "<!DOCTYPE html><html><body>Sign in</body></html>"u8.ToArray(), ["an HTML page", "download the file again"] },
        { "an HTML page after spaces", "\ufeff\n\n  <html lang=en><body>404</body>"u8.ToArray(), ["an HTML page"] },
        { "an XML error", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"u8.ToArray(), ["markup", "AccessDenied"] },
        { "a JSON error", "{\"error\":\"Repository not found\"}"u8.ToArray(), ["JSON, '{\"error\":\"Repository not found\"}'"] },
        { "a text error", "Entry not found\n"u8.ToArray(), ["plain text, 'Entry not found"] },
        { "HDF5", [0x89, .. "HDF\r\n\x1a\n"u8, 0, 0, 0, 8], ["an HDF5 file, as TensorFlow and Keras write"] },
        { "gzip", [0x1f, 0x8b, 8, 0, 0], ["a gzip archive; unpack it first"] },
        { "tar", [.. new byte[257], .. "ustar"u8, .. new byte[250]], ["a tar archive; unpack it first"] },
        { "ONNX", [0x08, 0x0a, 0x12, 0x07, .. "pytorch"u8], ["an ONNX model"] },
        { "a pickle", [0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0, 0, (byte)'N', (byte)'.'], ["a Python pickle that torch.save did not write"] },
        { "a NumPy array", [0x93, .. "NUMPY"u8, 1, 0], ["a NumPy array"] },
        { "an empty zip", [.. "PK\x05\x06"u8, .. new byte[18]], ["an empty zip archive"] },
        { "npz", Zip(("a.npy", "x")), ["a NumPy archive"] },
        { "Keras", Zip(("config.json", "{}"), ("model.weights.h5", "x")), ["a Keras model"] },
        { "an ML.NET model", Zip(("TrainingInfo/Version.txt", "5"), ("TransformerChain/Model.key", "x")), ["a model that ML.NET saved"] },
        { "another zip", Zip(("readme.md", "hello")), ["a zip archive of 1 other files", "readme.md"] },
        { "TorchScript", Zip(("m/data.pkl", "\u0080\u0002}."), ("m/constants.pkl", "x"), ("m/code/__torch__.py", "x")),
            ["a TorchScript archive", ".state_dict()"] },
        { "nothing", [], ["an empty file, a pipe or a device"] },
        { "noise", [7, 200, 3, 255, 0, 1, 9, 0, 5], [] },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void Open_FileThatIsNoWeights_IsCalledWhatItIs(string what, byte[] bytes, string[] messages)
    {
        Assert.NotEmpty(what);
        using var folder = new TestFolder();
        foreach (var extension in new[] { ".pt", ".safetensors", ".ckpt", string.Empty })
        {
            var path = folder.Write("weights" + extension, bytes);
            var error = Assert.Throws<CheckpointFormatException>(() => WeightsFile.Open(path));
            Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
            Assert.All(messages, message => Assert.Contains(message, error.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Open_ContentUnderAnotherName_IsReadAsWhatItIs()
    {
        using var folder = new TestFolder();
        foreach (var source in new[] { "micro/model.safetensors", "micro/micro.pt", "pickles/legacy.pt" })
        {
            foreach (var name in new[] { "x.pt", "x.safetensors", "x.bin", "x" })
            {
                File.Copy(Fixture.Path(source), folder[name], overwrite: true);
                using var opened = WeightsFile.Open(folder[name]);
                Assert.NotEmpty(opened.Tensors);
                Assert.Equal([folder[name]], opened.Files);
            }
        }
    }

    [Theory]
    [InlineData("micro/model.safetensors")]
    [InlineData("micro/micro.pt")]
    public void Open_CutOff_SaysSo(string source)
    {
        using var folder = new TestFolder();
        var bytes = File.ReadAllBytes(Fixture.Path(source));
        foreach (var length in new[] { 1, 4, 8, 9, 30, 1000, 40_000, bytes.Length / 2, bytes.Length - 1 })
        {
            var path = folder.Write("cut" + Path.GetExtension(source), bytes[..length]);
            Assert.Throws<CheckpointFormatException>(() => WeightsFile.Open(path));
        }
    }

    [Fact]
    public void Open_ArchivePackedAgain_SaysSo()
    {
        using var folder = new TestFolder();
        var path = folder.Write("x.pt", Zip(CompressionLevel.Optimal, ("archive/data.pkl", new string('}', 100)), ("archive/data/0", "x")));
        Assert.Contains(
            "compression method 8; the archive was packed again",
            Assert.Throws<CheckpointFormatException>(() => WeightsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Zip(params (string Name, string Text)[] members) => Zip(CompressionLevel.NoCompression, members);

    private static byte[] Zip(CompressionLevel level, params (string Name, string Text)[] members)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in members)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(Encoding.Latin1.GetBytes(text));
            }
        }

        return stream.ToArray();
    }
}
