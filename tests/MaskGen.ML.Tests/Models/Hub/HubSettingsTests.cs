using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

public class HubSettingsTests
{
    private static readonly string Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [Fact]
    public void Create_NothingSet_TakesTheDefaultsOfHuggingFace()
    {
        var settings = HubSettings.Create(null, _ => null);
        Assert.Equal(Path.Combine(Home, ".cache", "huggingface", "hub"), settings.CacheFolder);
        Assert.Equal(new Uri("https://huggingface.co/"), settings.Endpoint);
        Assert.Null(settings.OfflineBecauseOf);
    }

    [Fact]
    public void Create_Token_IsThatOfALoginWhereNoneIsNamed()
    {
        using var home = new TestFolder();
        Assert.Null(Create($"HF_HOME={home.Path}").Token);

        home.Write("token", "hf_login\n"u8.ToArray());
        Assert.Equal("hf_login", Create($"HF_HOME={home.Path}").Token);
        Assert.Equal("hf_login", Create($"HF_TOKEN_PATH={home["token"]}").Token);
        Assert.Equal("hf_x", Create($"HF_HOME={home.Path};HF_TOKEN=hf_x").Token);
        Assert.Null(Create($"HF_HOME={home.Path};HF_HUB_DISABLE_IMPLICIT_TOKEN=1").Token);
    }

    [Fact]
    public async Task Create_PipeInPlaceOfTheToken_DoesNotWait()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes have no place among files on Windows.");
        using var home = new TestFolder();
        using (var process = System.Diagnostics.Process.Start("mkfifo", home["token"]))
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var settings = await Task.Run(() => Create($"HF_TOKEN_PATH={home["token"]}"), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Null(settings.Token);
    }

    [Theory]
    [InlineData("HF_HUB_CACHE=/a;HF_HOME=/b;XDG_CACHE_HOME=/c", "/a")]
    [InlineData("HUGGINGFACE_HUB_CACHE=/a;HF_HOME=/b", "/a")]
    [InlineData("HF_HUB_CACHE=;HF_HOME=/b;XDG_CACHE_HOME=/c", "/b/hub")]
    [InlineData("XDG_CACHE_HOME=/c", "/c/huggingface/hub")]
    public void Create_Environment_SaysWhereTheCacheIs(string variables, string folder) =>
        Assert.Equal(Path.GetFullPath(folder), Create(variables).CacheFolder);

    [Fact]
    public void Create_HomeSign_IsTheUsersFolder() =>
        Assert.Equal(Path.Combine(Home, "models"), Create("HF_HUB_CACHE=~/models").CacheFolder);

    [Theory]
    [InlineData("HF_HUB_OFFLINE=1", "HF_HUB_OFFLINE")]
    [InlineData("HF_HUB_OFFLINE=true", "HF_HUB_OFFLINE")]
    [InlineData("HF_HUB_OFFLINE=YES", "HF_HUB_OFFLINE")]
    [InlineData("HF_HUB_OFFLINE=on;TRANSFORMERS_OFFLINE=0", "HF_HUB_OFFLINE")]
    [InlineData("TRANSFORMERS_OFFLINE=1", "TRANSFORMERS_OFFLINE")]
    [InlineData("HF_HUB_OFFLINE=;TRANSFORMERS_OFFLINE=Yes", "TRANSFORMERS_OFFLINE")]
    [InlineData("HF_HUB_OFFLINE=0;TRANSFORMERS_OFFLINE=1", null)]
    [InlineData("HF_HUB_OFFLINE=no", null)]
    [InlineData("HF_HUB_OFFLINE=", null)]
    public void Create_Offline_IsReadAsInPython(string variables, string? reason) =>
        Assert.Equal(reason, Create(variables).OfflineBecauseOf);

    [Fact]
    public void Create_OfflineByOption_NamesTheOption()
    {
        var settings = HubSettings.Create(new Sam2DownloadOptions { Offline = true }, name => name == "HF_HUB_OFFLINE" ? "0" : null);
        Assert.Equal("Sam2DownloadOptions.Offline", settings.OfflineBecauseOf);
    }

    // Expected values: os.path.expandvars(os.path.expanduser(...)) of CPython on Linux.
    [Theory]
    [InlineData("HOME=/h;HF_HUB_CACHE=~", "/h")]
    [InlineData("HOME=/h;HF_HUB_CACHE=~/models", "/h/models")]
    [InlineData("HOME=/h;HF_HUB_CACHE=/a~b", "/a~b")]
    [InlineData("SCRATCH=/s;HF_HUB_CACHE=$SCRATCH/hub", "/s/hub")]
    [InlineData("SCRATCH=/s;USER_1=u;HF_HUB_CACHE=${SCRATCH}/$USER_1/hub", "/s/u/hub")]
    [InlineData("HF_HUB_CACHE=/a/$NOT_SET/b", "/a/$NOT_SET/b")]
    [InlineData("HF_HUB_CACHE=/a/$/b", "/a/$/b")]
    [InlineData("HOME=/h;SCRATCH=/s;HF_HOME=$SCRATCH/hf", "/s/hf/hub")]
    [InlineData("HOME=/h;XDG_CACHE_HOME=~/c", "/h/c/huggingface/hub")]
    [InlineData("HOME=/h;HUGGINGFACE_HUB_CACHE=~/old", "/h/old")]
    [InlineData("HOME=/h", "/h/.cache/huggingface/hub")]
    public void Create_CacheFolder_IsExpandedAsInPython(string variables, string folder)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The paths are those of Unix.");
        Assert.Equal(folder, Create(variables).CacheFolder);
    }

    [Fact]
    public void Create_HomeOfAnotherUser_IsRefused() => Assert.Contains(
        "~other/models",
        Assert.Throws<ArgumentException>(() => Create("HF_HUB_CACHE=~other/models")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Create_CacheFolderThatIsNone_IsRefused() => Assert.Contains(
        "\\u{0000}",
        Assert.Throws<ArgumentException>(() => Create("HF_HUB_CACHE=/a\0b")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Create_EndpointAndToken_ComeFromTheEnvironment()
    {
        var settings = Create("HF_ENDPOINT=https://mirror.example/hf;HF_TOKEN= hf_x ");
        Assert.Equal(new Uri("https://mirror.example/hf/"), settings.Endpoint);
        Assert.Equal("hf_x", settings.Token);
        Assert.Equal("hf_old", Create("HUGGING_FACE_HUB_TOKEN=hf_old").Token);
    }

    [Fact]
    public void Create_Options_WinOverTheEnvironment()
    {
        var options = new Sam2DownloadOptions { CacheFolder = "/o", Endpoint = new Uri("http://o.example"), Token = "t", Offline = false };
        var settings = HubSettings.Create(options, name => name == "HF_HUB_OFFLINE" ? "1" : "https://other.example");
        Assert.Equal(Path.GetFullPath("/o"), settings.CacheFolder);
        Assert.Equal(new Uri("http://o.example/"), settings.Endpoint);
        Assert.Equal("t", settings.Token);
        Assert.Null(settings.OfflineBecauseOf);
    }

    [Theory]
    [InlineData("hf_a\nb")]
    [InlineData("tök")]
    public void Create_TokenThatIsNone_Throws(string token) =>
        Assert.Contains("HF_TOKEN", Assert.Throws<ArgumentException>(() => Create("HF_TOKEN=" + token)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("ftp://x.example")]
    [InlineData("huggingface.co")]
    [InlineData("/etc")]
    [InlineData("https://")]
    [InlineData("https://x.example/?token=1")]
    [InlineData("https://x.example/#a")]
    public void Create_EndpointThatIsNone_Throws(string endpoint) =>
        Assert.Throws<ArgumentException>(() => Create("HF_ENDPOINT=" + endpoint));

    private static HubSettings Create(string variables)
    {
        var values = variables.Split(';').Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return HubSettings.Create(null, values.GetValueOrDefault);
    }
}
