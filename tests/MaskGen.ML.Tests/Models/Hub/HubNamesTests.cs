using FsCheck.Xunit;
using MaskGen.ML.Models;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Names that a hub gives to files.</summary>
public sealed class HubNamesTests : HubDownloadTestBase
{
    public static TheoryData<string> WrongNames =>
    [
        "a\0.pt", "a\n.pt", "a\r.pt", "a\t.pt", "a:b.pt", "C:a.pt", "a\\b.pt", "..\\a.pt", "../a.pt", "a/b.pt", "/a.pt",
        "..pt", "a..pt", ".a.pt", "CON.pt", "con.pt", "nul.pt", "Aux .pt", "COM1.pt", "lpt9.x.pt", "a\u001b[2J.pt",
        "a\u202etp.exe.pt", "\u00e4.pt", "a*.pt", "a?.pt", "a|b.pt", "<a>.pt",
        "\"a\".pt", "-rf.pt", " a.pt", "a.pt ", "~a.pt", "$HOME.pt", "%TEMP%.pt", new string('a', 118) + ".pt",
    ];

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("sam2.1_hiera_base_plus.pt")]
    [InlineData("my model-v2+ema.pt")]
    [InlineData("console.pt")]
    [InlineData("com10.pt")]
    [InlineData("0.pt")]
    public void IsFileName_UsualName_IsOne(string name) => Assert.True(HubNames.IsFileName(name));

    [Fact]
    public void IsFileName_LongestName_IsOne() => Assert.True(HubNames.IsFileName(new string('a', 120)));

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void IsFileName_AnyOtherName_IsNone(string name) => Assert.False(HubNames.IsFileName(name));

    [Property(MaxTest = 2000)]
    public bool IsFileName_AnyText_IsOneFileBelowItsFolderOrNone(string? text)
    {
        var name = text ?? string.Empty;
        return !HubNames.IsFileName(name)
            || (Path.GetFileName(name) == name
                && name.All(c => c is >= ' ' and < (char)127 and not (':' or '\\' or '/'))
                && name is not ("." or ".."));
    }

    [Theory]
    [MemberData(nameof(WrongNames))]
    public async Task DownloadAsync_WrongNameInTheList_IsRefusedWithoutControlCharacters(string name)
    {
        using var hub = new FakeHub();
        hub.Add("README.md", [1]);
        hub.Add(name, [1]);

        var error = await Assert.ThrowsAsync<Sam2DownloadException>(() => DownloadFromAsync(hub));

        Assert.Equal(Sam2DownloadFailure.NotFound, error.Failure);
        Assert.DoesNotContain(error.Message, c => char.IsControl(c) || c is '\u202e');
        Assert.Contains("README.md", error.Message, StringComparison.Ordinal);
        Assert.Contains(HubNames.Rule, error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.StoreRequests);
    }

    [Theory]
    [InlineData("0123456789abcdef.incomplete")]
    [InlineData("0123456789abcdef.lock")]
    [InlineData("con")]
    [InlineData("com1")]
    [InlineData("a/b")]
    [InlineData("..")]
    public async Task DownloadAsync_WrongETag_IsRefused(string etag)
    {
        Hub.HubFault = _ => new TinyResponse(200, [])
        {
            Headers = { ["X-Linked-Etag"] = $"\"{etag}\"", ["X-Repo-Commit"] = FakeHub.Commit, ["X-Linked-Size"] = "10" },
        };
        Assert.Contains("no Hugging Face hub", (await FailAsync(Sam2DownloadFailure.Network)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("99999999999999999999")]
    [InlineData("+5")]
    public async Task DownloadAsync_SizeThatIsNone_IsRefused(string size)
    {
        Hub.HubFault = _ => new TinyResponse(302, [])
        {
            Headers =
            {
                ["Location"] = "http://127.0.0.2:1/",
                ["X-Linked-Etag"] = "\"0123\"",
                ["X-Repo-Commit"] = FakeHub.Commit,
                ["X-Linked-Size"] = size,
            },
        };
        Assert.Contains($"'{size}'", (await FailAsync(Sam2DownloadFailure.Network)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadAsync_AnotherCommitForEachFile_IsRefused()
    {
        var other = new string('f', 40);
        Hub.HubFault = request => request.Path.EndsWith(Weights, StringComparison.Ordinal)
            ? new TinyResponse(302, [])
            {
                Headers =
                {
                    ["Location"] = "http://127.0.0.2:1/",
                    ["X-Linked-Etag"] = "\"0123\"",
                    ["X-Repo-Commit"] = other,
                    ["X-Linked-Size"] = "5",
                },
            }
            : null;
        var error = await FailAsync(Sam2DownloadFailure.Network);
        Assert.Contains($"expected commit {FakeHub.Commit}", error.Message, StringComparison.Ordinal);
        Assert.Contains($"found {other}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\u001b[31mb", "a\\u{001B}[31mb")]
    [InlineData("a\u0000\r\n", "a\\u{0000}\\u{000D}\\u{000A}")]
    [InlineData("\u202eabc\u2028", "\\u{202E}abc\\u{2028}")]
    [InlineData("Grüße \U0001F600", "Grüße \U0001F600")]
    [InlineData(null, "nothing")]
    public void Clean_Text_HasNothingATerminalActsOn(string? text, string clean) => Assert.Equal(clean, HubText.Clean(text));

    [Property]
    public bool Clean_AnyText_IsShortAndVisible(string? text) =>
        HubText.Clean(text) is var clean && clean.Length < 200 && !clean.Any(char.IsControl);
}
