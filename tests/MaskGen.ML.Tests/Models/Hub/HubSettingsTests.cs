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
        Assert.False(settings.Offline);
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

    [Theory]
    [InlineData("HF_HUB_CACHE=/a;HF_HOME=/b;XDG_CACHE_HOME=/c", "/a")]
    [InlineData("HUGGINGFACE_HUB_CACHE=/a;HF_HOME=/b", "/a")]
    [InlineData("HF_HUB_CACHE=;HF_HOME=/b;XDG_CACHE_HOME=/c", "/b/hub")]
    [InlineData("XDG_CACHE_HOME=/c", "/c/huggingface/hub")]
    public void Create_Environment_SaysWhereTheCacheIs(string variables, string folder) =>
        Assert.Equal(Path.GetFullPath(folder), Create(variables).CacheFolder);

    [Fact]
    public void Create_HomeSign_IsTheUsersFolder() => Assert.Equal(Path.Combine(Home, "models"), Create("HF_HUB_CACHE=~/models").CacheFolder);

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("YES", true)]
    [InlineData("on", true)]
    [InlineData("0", false)]
    [InlineData("no", false)]
    [InlineData("", false)]
    public void Create_Offline_IsReadAsInPython(string value, bool offline) => Assert.Equal(offline, Create("HF_HUB_OFFLINE=" + value).Offline);

    [Fact]
    public void Create_EndpointAndToken_ComeFromTheEnvironment()
    {
        var settings = Create("HF_ENDPOINT=https://mirror.example/hf;HF_TOKEN= hf_x ");
        Assert.Equal(new Uri("https://mirror.example/hf/"), settings.Endpoint);
        Assert.Equal("hf_x", settings.Token);
    }

    [Fact]
    public void Create_Options_WinOverTheEnvironment()
    {
        var options = new Sam2DownloadOptions { CacheFolder = "/o", Endpoint = new Uri("http://o.example"), Token = "t", Offline = false };
        var settings = HubSettings.Create(options, name => name == "HF_HUB_OFFLINE" ? "1" : "https://other.example");
        Assert.Equal(Path.GetFullPath("/o"), settings.CacheFolder);
        Assert.Equal(new Uri("http://o.example/"), settings.Endpoint);
        Assert.Equal("t", settings.Token);
        Assert.False(settings.Offline);
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
    public void Create_EndpointThatIsNone_Throws(string endpoint) => Assert.Throws<ArgumentException>(() => Create("HF_ENDPOINT=" + endpoint));

    private static HubSettings Create(string variables)
    {
        var values = variables.Split(';').Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return HubSettings.Create(null, values.GetValueOrDefault);
    }
}
