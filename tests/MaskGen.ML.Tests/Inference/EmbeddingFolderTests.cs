using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

/// <summary>The cache of embeddings on disk: found by content and model, limited, and never trusted.</summary>
public sealed class EmbeddingFolderTests : IDisposable
{
    private const string Model = "0123456789abcdef0123456789abcdef";
    private const string OtherModel = "ffffffffffffffffffffffffffffffff";
    private static readonly string Sha = new('a', 64);
    private static readonly string OtherSha = new('b', 64);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryLoad_OfTheSameImageAndModel_GivesWhatWasSaved()
    {
        var folder = new EmbeddingFolder(_folder["cache"]);
        Assert.Null(folder.TryLoad(Sha, Model));

        Assert.True(folder.TrySave(Sha, Image(Model)));

        Assert.Equal(Image(Model).ImageEmbedding.ToArray(), folder.TryLoad(Sha, Model)!.ImageEmbedding.ToArray());
        Assert.Null(folder.TryLoad(OtherSha, Model));
        Assert.Null(folder.TryLoad(Sha, OtherModel));
        Assert.Equal(1, folder.Content().Count);
    }

    [Fact]
    public void TryLoad_OfAnotherRange_CountsAsMissing()
    {
        EmbeddingFolder Of(ImageRange? range) => new(_folder["cache"], range: range);
        Assert.True(Of(ImageRange.Auto).TrySave(Sha, Image(Model)));

        Assert.NotNull(Of(ImageRange.Auto).TryLoad(Sha, Model));
        Assert.All([null, ImageRange.Full, ImageRange.Between(300, 4200)], range => Assert.False(Of(range).Has(Sha, Model)));
        Assert.True(Of(ImageRange.Between(-0.5, 1e9)).TrySave(Sha, Image(Model)));
        Assert.NotNull(Of(ImageRange.Between(-0.5, 1e9)).TryLoad(Sha, Model));

        // The name of the full range is the one that files had before there was a choice.
        Assert.True(Of(ImageRange.Full).TrySave(Sha, Image(Model)));
        Assert.True(File.Exists(_folder[$"cache/{Sha}-{Model}-r{EmbeddingFolder.Revision}.embedding"]));
    }

    [Fact]
    public void TryLoad_DamagedOrOfAnotherModel_CountsAsMissing()
    {
        var folder = new EmbeddingFolder(_folder["cache"]);
        folder.TrySave(Sha, Image(Model));
        var file = Assert.Single(Directory.GetFiles(_folder["cache"]));
        File.Copy(file, file.Replace(Model, OtherModel, StringComparison.Ordinal));
        Assert.True(folder.Has(Sha, OtherModel));
        Assert.Null(folder.TryLoad(Sha, OtherModel));

        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Null(folder.TryLoad(Sha, Model));
        Assert.True(folder.TrySave(Sha, Image(Model)));
        Assert.NotNull(folder.TryLoad(Sha, Model));
    }

    [Fact]
    public void TrySave_AboveTheLimit_DropsWhatWasUsedLeastRecently()
    {
        var size = EmbeddingFolder.BytesOf(Image(Model));
        var before = new EmbeddingFolder(_folder["cache"]);
        foreach (var (name, day) in new[] { ('a', 1), ('b', 2), ('c', 3) })
        {
            before.TrySave(new string(name, 64), Image(Model));
            File.SetLastWriteTimeUtc(Directory.GetFiles(_folder["cache"], $"{name}*").Single(), new DateTime(2020, 1, day));
        }

        Assert.NotNull(before.TryLoad(Sha, Model));

        var folder = new EmbeddingFolder(_folder["cache"], (3 * size) + 5000);
        Assert.True(folder.TrySave(new string('d', 64), Image(Model)));

        Assert.False(folder.Has(OtherSha, Model));
        Assert.True(folder.Has(Sha, Model) && folder.Has(new string('c', 64), Model));
    }

    [Fact]
    public void TrySave_WhereOnlyItsOwnWouldGo_SaysNo()
    {
        var folder = new EmbeddingFolder(_folder["cache"], EmbeddingFolder.BytesOf(Image(Model)) + 5000);
        Assert.True(folder.TrySave(Sha, Image(Model)));

        Assert.False(folder.TrySave(OtherSha, Image(Model)));

        Assert.True(folder.Has(Sha, Model));
    }

    [Fact]
    public void Default_FollowsTheVariablesOfTheSystem()
    {
        Assert.Equal("/x", EmbeddingFolder.Default(name => name == "MASKGEN_CACHE" ? "/x" : null));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Of Linux.");
        Assert.Equal(
            "/c/maskgen/embeddings",
            EmbeddingFolder.Default(name => name switch { "XDG_CACHE_HOME" => "/c", "HOME" => "/home/me", _ => null }));
        Assert.Equal("/home/me/.cache/maskgen/embeddings", EmbeddingFolder.Default(name => name == "HOME" ? "/home/me" : null));
        Assert.Null(EmbeddingFolder.Default(_ => null));
    }

    private static EncodedImage Image(string model) => EncodedImage.FromTensors(
        new ImageSize(9, 5), 64, Values(64 * 16, 1), Values(8 * 256, 2), Values(16 * 64, 3), model);

    private static float[] Values(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => (i * seed) + 0.5f)];
}
