using MaskGen.ML.Tests;
using MaskGen.ML.Web.Tests.Page;

namespace MaskGen.ML.Web.Tests.Images;

/// <summary>Images are confined to their folder.</summary>
public sealed class ServedImageTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void File_Link_IsFollowedInsideTheFolderAndNotOutOfIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        var bytes = File.ReadAllBytes(SampleImages.PathOf(SampleImages.Breakfast));
        var inside = _folder.Write("photos/sub/real.png", bytes);
        var outside = _folder.Write("secret/outside.png", bytes);
        File.CreateSymbolicLink(_folder["photos/good.png"], inside);
        File.CreateSymbolicLink(_folder["photos/bad.png"], outside);
        Directory.CreateSymbolicLink(_folder["photos/away"], _folder["secret"]);
        File.CreateSymbolicLink(_folder["photos/circle.png"], _folder["photos/circle.png"]);

        Assert.EndsWith("real.png", Image("good.png").File(), StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Image("bad.png").File());
        Assert.Throws<FileNotFoundException>(() => Image("away/outside.png").File());
        Assert.Throws<FileNotFoundException>(() => Image("circle.png").File());
        Assert.Throws<FileNotFoundException>(() => Image("none.png").File());
    }

    [Fact]
    public void Id_SaysNothingOfThePathAndStaysTheSame()
    {
        var (first, second) = (Image("a.png"), Image("b.png"));

        Assert.Equal(first.Id, Image("a.png").Id);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Matches("^[0-9a-f]{20}$", first.Id);
    }

    private ServedImage Image(string name) => new(_folder[$"photos/{name}"], name, isUpload: false);
}
