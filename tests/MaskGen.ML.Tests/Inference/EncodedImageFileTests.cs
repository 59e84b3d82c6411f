using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Tests.Imaging;

namespace MaskGen.ML.Tests.Inference;

/// <summary>Embeddings in files and streams: they come back bit by bit, and what is none is refused with a reason.</summary>
public sealed class EncodedImageFileTests : IDisposable
{
    private const string Fingerprint = "0123456789abcdef0123456789abcdef";
    private static readonly EncodedImage Image = Random(new ImageSize(123, 45), 64, 16, Fingerprint);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(32, 8, null)]
    [InlineData(64, 32, Fingerprint)]
    [InlineData(256, 64, Fingerprint)]
    public async Task Load_EveryWayOutAndIn_GivesTheSameEmbedding(int inputSize, int channels, string? fingerprint)
    {
        var image = Random(new ImageSize(7, 9000), inputSize, channels, fingerprint);
        image.Save(_folder["a"]);
        await image.SaveAsync(_folder["b"], Token);
        using var sync = new MemoryStream();
        image.Save(sync);
        using var awaited = new MemoryStream();
        await image.SaveAsync(awaited, Token);

        Assert.Equal(sync.ToArray(), awaited.ToArray());
        Assert.Equal(sync.ToArray(), await File.ReadAllBytesAsync(_folder["a"], Token));
        Assert.Equal(sync.ToArray(), await File.ReadAllBytesAsync(_folder["b"], Token));
        AssertSame(image, EncodedImage.Load(_folder["a"]));
        AssertSame(image, await EncodedImage.LoadAsync(_folder["a"], Token));
        AssertSame(image, EncodedImage.Load(new MemoryStream(sync.ToArray())));
        AssertSame(image, await EncodedImage.LoadAsync(new AsyncStream(sync.ToArray(), 1000), Token));
    }

    [Fact]
    public void Save_AnyEmbedding_IsASafetensorsFile()
    {
        Image.Save(_folder["a.safetensors"]);

        using var reader = SafetensorsReader.Open(_folder["a.safetensors"]);

        Assert.Equal(Image.ImageEmbedding.ToArray(), reader.ReadFloat32("image_embed").ToArray());
        Assert.Equal([1, 2, 16, 16], reader.Tensors["high_res_feats_0"].Shape);
        Assert.Equal([1, 4, 8, 8], reader.Tensors["high_res_feats_1"].Shape);
    }

    [Fact]
    public void Load_TwoInOneStream_ReadsOneAfterTheOther()
    {
        var other = Random(new ImageSize(5, 6), 32, 8, null);
        using var stream = new MemoryStream();
        Image.Save(stream);
        other.Save(stream);
        stream.Position = 0;

        AssertSame(Image, EncodedImage.Load(stream));
        AssertSame(other, EncodedImage.Load(stream));
    }

    [Fact]
    public void Load_EveryShorterFile_IsRefused()
    {
        var bytes = Saved(Random(new ImageSize(5, 6), 32, 8, null));
        foreach (var length in Enumerable.Range(0, 700).Append(bytes.Length - 1))
        {
            var error = Assert.Throws<InvalidDataException>(() => EncodedImage.Load(new MemoryStream(bytes, 0, length)));
            Assert.StartsWith("stream: expected", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_AnyByteChanged_IsRefused()
    {
        var bytes = Saved(Random(new ImageSize(5, 6), 32, 8, Fingerprint));
        var header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        for (var i = 0; i < bytes.Length; i += i < header + 20 ? 1 : 97)
        {
            // Spaces behind the JSON mean nothing.
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            if (i < 8 + header && bytes[i] == ' ')
            {
                continue;
            }

            Assert.ThrowsAny<InvalidDataException>(() => EncodedImage.Load(new MemoryStream(changed)));
        }
    }

    public static TheoryData<string, string, string> Hostile() => new()
    {
        { "\"version\":\"1\"", "\"version\":\"2\"", "expected an encoded image of the format's version 1, found version 2" },
        { "\"version\":\"1\"", "\"version\":1", "metadata 'version': expected a whole number, as a string, found 1" },
        { "\"version\":\"1\",", "", "metadata 'version': expected a whole number, as a string, found none" },
        { "maskgen.encoded_image", "pt", "expected an encoded image (metadata with the format maskgen.encoded_image)" },
        { "\"image_width\":\"123\"", "\"image_width\":\"0\"", "1 to 2147483647 pixels, found 0x45" },
        { "\"image_width\":\"123\"", "\"image_width\":\"-1\"", "metadata 'image_width': expected a whole number" },
        { "\"image_width\":\"123\"", "\"image_width\":\"2147483647\"", "pixels, found 2147483647x45" },
        { "\"input_size\":\"64\"", "\"input_size\":\"63\"",
            "metadata 'input_size': expected a multiple of 32 from 32 to 16384, found \"63\"" },
        { "\"input_size\":\"64\"", "\"input_size\":\"16384\"",
            "tensor 'image_embed': expected {\"dtype\":\"F32\",\"shape\":[1,16,1024,1024]" },
        { "\"input_size\":\"64\"", "\"input_size\":\"32\"", "tensor 'image_embed': expected {\"dtype\":\"F32\",\"shape\":[1,16,2,2]" },
        { "\"shape\":[1,16,4,4]", "\"shape\":[1,15,4,4]", "d a multiple of 8, of 256 MiB at most; found d = 15" },
        { "\"shape\":[1,16,4,4]", "\"shape\":[1,-8,4,4]", "found d = -8" },
        { "\"shape\":[1,16,4,4]", "\"shape\":[1,2147483640,4,4]", "found d = 2147483640" },
        { "\"shape\":[1,16,4,4]", "\"shape\":\"x\"", "found none" },
        { "\"dtype\":\"F32\"", "\"dtype\":\"F16\"", "tensor 'image_embed': expected {\"dtype\":\"F32\"" },
        { "\"high_res_feats_0\":", "\"high_res_feats_9\":", "tensor 'high_res_feats_0'" },
        { "\"high_res_feats_0\":", "\"extra\":1,\"high_res_feats_0\":", "and 3 tensors in the header, found 5 entries" },
        { Fingerprint, Fingerprint[..31] + "G", "metadata 'model_fingerprint': expected 32 lower-case hexadecimal digits" },
        { "\"sha256\":\"", "\"sha256\":\"0", "expected content with the SHA-256 0" },
        { "\"sha256\"", "\"sha255\"", "metadata 'sha256': expected a hash, found none" },
        { "maskgen.encoded_image", "\\ud800", "expected the JSON header of an encoded image" },
        { "{\"__metadata__\":{", "{\"__metadata__\":[{", "expected the JSON header of an encoded image" },
        { "{\"__metadata__\":{", "[[[[[[[[", "expected the JSON header of an encoded image" },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Load_HostileHeader_SaysWhatIsWrong(string text, string replacement, string expected)
    {
        var bytes = Saved(Image);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var json = Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Contains(text, json, StringComparison.Ordinal);
        var changed = Encoding.UTF8.GetBytes(json.Replace(text, replacement, StringComparison.Ordinal));
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, changed.Length);

        var error = Assert.Throws<InvalidDataException>(
            () => EncodedImage.Load(new MemoryStream([.. prefix, .. changed, .. bytes.AsSpan(8 + length)])));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HeaderThatClaimsAGigabyte_TakesNoMemoryForIt()
    {
        var bytes = Saved(Random(new ImageSize(5, 6), 32, 8, null));
        var header =
            new EncodedImageHeader { ImageSize = new ImageSize(5, 6), Layout = new EncodedImageLayout(4096, 1024),
                Sha256 = new string('0', 64) }
            .Write(["image_embed", "high_res_feats_0", "high_res_feats_1"]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains(
            "the file is cut off",
            Assert.Throws<InvalidDataException>(() => EncodedImage.Load(new MemoryStream([.. header, .. bytes]))).Message,
            StringComparison.Ordinal);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void Load_FileWithMoreBehind_IsRefused()
    {
        var path = _folder.Write("long", [.. Saved(Image), 0]);

        Assert.Contains(
            "nothing after the tensors", Assert.Throws<InvalidDataException>(() => EncodedImage.Load(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_OtherFiles_SaysSo()
    {
        _folder.Write("empty", []);
        _folder.Write("text", "just some text in a file"u8.ToArray());

        Assert.Throws<FileNotFoundException>(() => EncodedImage.Load(_folder["none"]));
        await Assert.ThrowsAsync<FileNotFoundException>(() => EncodedImage.LoadAsync(_folder["none"], Token));
        Assert.Throws<InvalidDataException>(() => EncodedImage.Load(_folder["empty"]));
        Assert.Throws<InvalidDataException>(() => EncodedImage.Load(_folder["text"]));
        Assert.Throws<InvalidDataException>(() => EncodedImage.Load(Fixture.Path("micro/model.safetensors")));
        Assert.ThrowsAny<IOException>(() => EncodedImage.Load(_folder.Path));
    }

    [Fact]
    public async Task SaveAsync_Cancelled_LeavesTheOlderFile()
    {
        _folder.Write("a", [1, 2, 3]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Image.SaveAsync(_folder["a"], new CancellationToken(canceled: true)));
        Assert.ThrowsAny<IOException>(() => Image.Save(Path.Combine(_folder["no-folder"], "a")));

        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(_folder["a"], Token));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Load_ByAnEncoder_IsDecodedAsTheOriginal()
    {
        using var encoder = new Sam2ImageEncoder(Sam2Model.FromFile(Fixture.Path("micro")));
        using var decoder = new Sam2PromptDecoder(Sam2Model.FromFile(Fixture.Path("micro")));
        var encoded = encoder.Encode(RgbImage.Load(Fixture.Path("images/scene.png")), Token);
        encoded.Save(_folder["a"]);
        var loaded = EncodedImage.Load(_folder["a"]);
        var copied = EncodedImage.FromTensors(
            encoded.ImageSize, encoded.InputSize, encoded.ImageEmbedding.Span, encoded.HighResolutionFeatures0.Span,
            encoded.HighResolutionFeatures1.Span, encoded.ModelFingerprint);

        string Text(EncodedImage image) => CocoRle.Encode(
            decoder.Segment(image, [Sam2Prompt.FromPoint(50, 40)], MaskOutput.Single, cancellationToken: Token)[0].Segmentation);
        Assert.Equal(Text(encoded), Text(loaded));
        Assert.Equal(Text(encoded), Text(copied));

        using var other = new Sam2PromptDecoder(Sam2Model.Nano);
        Assert.Throws<ArgumentException>(() => other.Decode(loaded, [], MaskOutput.Single, Token));
    }

    [Fact]
    public void FromTensors_ArraysChangedAfterwards_StayAsTheyWere()
    {
        float[] embedding = [.. Image.ImageEmbedding.Span];
        var image = EncodedImage.FromTensors(
            Image.ImageSize, 64, embedding, Image.HighResolutionFeatures0.Span, Image.HighResolutionFeatures1.Span);
        embedding[0] = float.NaN;

        Assert.Equal(Image.ImageEmbedding.ToArray(), image.ImageEmbedding.ToArray());
        Assert.Null(image.ModelFingerprint);
    }

    [Theory]
    [InlineData(0, 9, 64, 256, 512, 256, null, "imageSize")]
    [InlineData(50000, 50000, 64, 256, 512, 256, null, "imageSize")]
    [InlineData(9, 9, 65, 256, 512, 256, null, "inputSize")]
    [InlineData(9, 9, 0, 256, 512, 256, null, "inputSize")]
    [InlineData(9, 9, 64, 255, 512, 256, null, "imageEmbedding")]
    [InlineData(9, 9, 64, 0, 0, 0, null, "imageEmbedding")]
    [InlineData(9, 9, 64, 64, 128, 64, null, "imageEmbedding")]
    [InlineData(9, 9, 64, 256, 511, 256, null, "highResolutionFeatures0")]
    [InlineData(9, 9, 64, 256, 512, 257, null, "highResolutionFeatures1")]
    [InlineData(9, 9, 64, 256, 512, 256, "tiny", "modelFingerprint")]
    public void FromTensors_PartsThatDoNotFit_NamesThePart(
        int width, int height, int inputSize, int embedding, int level0, int level1, string? fingerprint, string name)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => EncodedImage.FromTensors(
            new ImageSize(width, height), inputSize, new float[embedding], new float[level0], new float[level1], fingerprint));

        Assert.Equal(name, error.ParamName);
        Assert.Contains("Expected", error.Message, StringComparison.Ordinal);
    }

    // The digest as the documentation describes it, so that another program can make one.
    [Fact]
    public void Save_Digest_IsTheDocumentedOne()
    {
        var bytes = Saved(Image);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        byte[] hashed = [.. Encoding.UTF8.GetBytes($"1 123 45 64 {Fingerprint}\n"), .. bytes.AsSpan(8 + length)];

        Assert.Contains(
            Convert.ToHexString(SHA256.HashData(hashed)).ToLowerInvariant(), Encoding.UTF8.GetString(bytes, 8, length),
            StringComparison.Ordinal);
    }

    private static byte[] Saved(EncodedImage image)
    {
        using var stream = new MemoryStream();
        image.Save(stream);
        return stream.ToArray();
    }

    private static EncodedImage Random(ImageSize size, int inputSize, int channels, string? fingerprint)
    {
        var random = new Random(inputSize + channels);
        var layout = new EncodedImageLayout(inputSize, channels);
        float[] Values(int tensor) => [.. Enumerable.Range(0, layout.Length(tensor)).Select(_ => random.NextSingle() - 0.5f)];
        return EncodedImage.FromTensors(size, inputSize, Values(0), Values(1), Values(2), fingerprint);
    }

    private static void AssertSame(EncodedImage expected, EncodedImage actual)
    {
        Assert.Equal(
            (expected.ImageSize, expected.InputSize, expected.ModelFingerprint),
            (actual.ImageSize, actual.InputSize, actual.ModelFingerprint));
        Assert.Equal(expected.ImageEmbedding.ToArray(), actual.ImageEmbedding.ToArray());
        Assert.Equal(expected.HighResolutionFeatures0.ToArray(), actual.HighResolutionFeatures0.ToArray());
        Assert.Equal(expected.HighResolutionFeatures1.ToArray(), actual.HighResolutionFeatures1.ToArray());
    }
}
