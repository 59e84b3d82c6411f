using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MaskGen.ML.DataView;

namespace MaskGen.ML.Tests.DataView;

/// <summary>What the library uses of ML.NET is looked for before it is used.</summary>
public class MlNetInternalsTests
{
    private static readonly Module Library = typeof(MlNetInternals).Module;

    [Fact]
    public void ThrowIfUnsupported_TheVersionThatIsTested_HasEverything() => MlNetInternals.ThrowIfUnsupported();

    [Fact]
    public void UsedMembers_AreThoseThatTheLibraryNames_InternalOnesAmongThem()
    {
        var names = MlNetInternals.UsedMembers().Select(member => member.Name).ToList();
        Assert.Contains("Microsoft.ML.Runtime.IHostEnvironmentInternal.get_FallbackToCpu", names);
        Assert.Contains("Microsoft.ML.SchemaShape.Create", names);
        Assert.Contains("Microsoft.ML.Data.CatalogUtils.GetEnvironment", names);
        Assert.Contains("Microsoft.ML.ModelSaveContext.SaveBinaryStream", names);
        Assert.DoesNotContain(names, name => name.StartsWith("System.", StringComparison.Ordinal));
    }

    [Fact]
    public void FindProblem_AnyMemberMissing_NamesItAndBothVersions()
    {
        Exception[] errors = [new MissingMethodException("x"), new MissingFieldException("x"), new TypeLoadException("x")];
        var members = MlNetInternals.UsedMembers();
        for (var index = 0; index < members.Count; index += 25)
        {
            var (token, name) = members[index];
            var error = errors[index % errors.Length];
            var problem = MlNetInternals.FindProblem(asked => asked == token ? throw error : Library.ResolveMember(asked));
            Assert.NotNull(problem);
            Assert.Contains($"there is no {name} ", problem, StringComparison.Ordinal);
            Assert.Contains(MlNetInternals.SupportedVersions, problem, StringComparison.Ordinal);
            Assert.Contains(MaskGenVersion.Current, problem, StringComparison.Ordinal);
            Assert.Matches(@"found Microsoft\.ML\.Data [0-9]+\.[0-9]+", problem);
        }
    }

    [Fact]
    public void SupportedVersions_AreThoseThatThePackageAsksFor()
    {
        var range = Regex.Match(File.ReadAllText(PackageVersions()), """Include="Microsoft\.ML" Version="\[([0-9.]+),([0-9.]+)\)""");
        Assert.True(range.Success);
        Assert.Equal(MlNetInternals.SupportedVersions, $"{range.Groups[1].Value} to below {range.Groups[2].Value}");
    }

    private static string PackageVersions([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "Directory.Packages.props"));
}
