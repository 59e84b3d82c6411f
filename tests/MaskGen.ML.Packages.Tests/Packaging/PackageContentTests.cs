using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace MaskGen.ML.Packages.Tests.Packaging;

[Collection(nameof(PackedPackages))]
public class PackageContentTests(PackedPackages packages)
{
    private static readonly string[] Frameworks = ["net8.0", "net10.0"];
    private static readonly string[] Everywhere = ["LICENSE", "THIRD-PARTY-NOTICES.md", "PACKAGE.md"];

    [Theory]
    [InlineData("MaskGen.ML")]
    [InlineData("MaskGen.ML.Results")]
    [InlineData("MaskGen.ML.Runs")]
    [InlineData("MaskGen.ML.Runs.Hangfire")]
    public void Library_HasBothFrameworksDocumentedWithSymbolsAndNothingElse(string package)
    {
        using var zip = ZipFile.OpenRead(packages.PathOf(package));
        string[] model = package == "MaskGen.ML" ? ["MODEL-CARD.md"] : [];

        var expected = Frameworks.SelectMany(framework => new[] { $"lib/{framework}/{package}.dll", $"lib/{framework}/{package}.xml" })
            .Concat(Everywhere).Concat(model).Append(package + ".nuspec");
        Assert.Equal(expected.Order(StringComparer.Ordinal), Files(zip).Order(StringComparer.Ordinal));
        Assert.All(Frameworks, framework => Assert.True(HasSymbols(zip, $"lib/{framework}/{package}.dll")));
    }

    [Theory]
    [InlineData("MaskGen.ML")]
    [InlineData("MaskGen.ML.Results")]
    [InlineData("MaskGen.ML.Runs")]
    [InlineData("MaskGen.ML.Runs.Hangfire")]
    public void Package_SaysWhatItIs(string package)
    {
        using var zip = ZipFile.OpenRead(packages.PathOf(package));
        using var stream = Entry(zip, package + ".nuspec").Open();
        var metadata = XDocument.Load(stream).Root!.Elements().First();
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;

        Assert.Equal(packages.Version, Value("version"));
        Assert.Equal("Apache-2.0", Value("license"));
        Assert.Equal("PACKAGE.md", Value("readme"));
        Assert.All(["authors", "description", "copyright"], name => Assert.NotEmpty(Value(name)));
        Assert.Contains(Value("releaseNotes").Trim().ReplaceLineEndings("\n"), Changelog(), StringComparison.Ordinal);
        Assert.True(Value("releaseNotes").Length > 100);
    }

    [Fact]
    public void Notices_NameEveryPackageThatALibraryAsksFor()
    {
        var notices = File.ReadAllText(Path.Combine(Repository.Root(), "THIRD-PARTY-NOTICES.md"));
        foreach (var package in new[] { "MaskGen.ML", "MaskGen.ML.Results", "MaskGen.ML.Runs", "MaskGen.ML.Runs.Hangfire" })
        {
            var names = Dependencies(package)
                .Select(dependency => dependency.Id).Where(id => !id.StartsWith("MaskGen", StringComparison.Ordinal));
            Assert.All(names, id => Assert.True(
                notices.Contains(id, StringComparison.Ordinal) || id.StartsWith("SkiaSharp.NativeAssets", StringComparison.Ordinal), id));
        }
    }

    [Fact]
    public void Results_AsksForExactlyTheVersionItWasBuiltWith()
    {
        var asked = Dependencies("MaskGen.ML.Results").Where(dependency => dependency.Id == "MaskGen.ML").ToList();

        Assert.Equal(Frameworks.Length, asked.Count);
        Assert.All(asked, dependency => Assert.Equal($"[{packages.Version}]", dependency.Version));
    }

    [Fact]
    public void Core_Alone_RestoresNoTopologySuite()
    {
        foreach (var framework in Frameworks)
        {
            var restored = packages.Restored(PackedPackages.Core, framework);

            Assert.Equal(packages.Version, restored["MaskGen.ML"]);
            Assert.DoesNotContain("NetTopologySuite", restored.Keys);
            Assert.DoesNotContain("MaskGen.ML.Results", restored.Keys);
        }

        // That it could be seen.
        Assert.Contains("NetTopologySuite", packages.Restored(PackedPackages.Results, "net10.0").Keys);
    }

    [Fact]
    public void Runs_Alone_RestoresNothingOfHangfire()
    {
        Assert.DoesNotContain(
            packages.Restored(PackedPackages.Runs, "net10.0").Keys, name => name.StartsWith("Hangfire", StringComparison.Ordinal));

        // That it could be seen.
        Assert.Contains("Hangfire.Core", packages.Restored(PackedPackages.Fleet, "net10.0").Keys);
    }

    private static string Changelog() =>
        File.ReadAllText(Path.Combine(Repository.Root(), "CHANGELOG.md")).ReplaceLineEndings("\n");

    // Without what the format itself adds.
    private static IEnumerable<string> Files(ZipArchive zip) => zip.Entries.Select(entry => entry.FullName)
        .Where(name => name is not "[Content_Types].xml" && !name.StartsWith("_rels/", StringComparison.Ordinal)
            && !name.EndsWith(".psmdcp", StringComparison.Ordinal));

    private static ZipArchiveEntry Entry(ZipArchive zip, string name) => zip.GetEntry(name) ?? throw new FileNotFoundException(name);

    private static bool HasSymbols(ZipArchive zip, string assembly)
    {
        using var copy = new MemoryStream();
        using (var stream = Entry(zip, assembly).Open())
        {
            stream.CopyTo(copy);
        }

        copy.Position = 0;
        using var reader = new PEReader(copy);
        return reader.ReadDebugDirectory().Any(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
    }

    private List<(string Id, string Version)> Dependencies(string package)
    {
        using var zip = ZipFile.OpenRead(packages.PathOf(package));
        using var stream = Entry(zip, package + ".nuspec").Open();
        return [.. XDocument.Load(stream).Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => ((string)element.Attribute("id")!, (string)element.Attribute("version")!))];
    }
}
