namespace MaskGen.ML.Packages.Tests.Packaging;

/// <summary>The direct API in programs that are not made for the JIT compiler or for a folder of assemblies.</summary>
[Collection(nameof(PackedPackages))]
public class PublishTests(PackedPackages packages)
{
    private static readonly string Image = Fixture.Path("images/still-life.png");

    [Fact]
    public void DirectApi_SingleFile_GivesTheSameMasks() =>
        Verify("single", "<PublishSingleFile>true</PublishSingleFile><SelfContained>false</SelfContained>");

    // Without symbols, which nobody looks at here and which take time to write.
    [Fact]
    public void DirectApi_NativeAot_GivesTheSameMasks()
    {
        // The command line is compiled so, too, and tested always.
        LongTests.SkipUnlessWanted();
        Verify("native", "<PublishAot>true</PublishAot><DebugType>none</DebugType>");
    }

    private void Verify(string name, string properties)
    {
        var program = packages.Publish(name, properties);

        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(program)!, "MaskGen.ML.dll")));
        Assert.Equal(DirectUse.Describe(Image), DotnetCommand.RunProgram(program, Image).Trim());
    }
}
