using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;

namespace MaskGen.ML.Web.Tests;

/// <summary>What the page of the package shows is code that compiles and starts.</summary>
public class PackagePageTests
{
    [Fact]
    public async Task Page_ItsSnippet_IsTheOneBelow()
    {
        var page = await File.ReadAllTextAsync(
            Path.Combine(Folder(), "..", "..", "src", "MaskGen.ML.Web", "PACKAGE.md"), TestServer.Cancellation);
        var source = await File.ReadAllTextAsync(Path.Combine(Folder(), "PackagePageTests.cs"), TestServer.Cancellation);
        var below = source[source.IndexOf("// Begin.", StringComparison.Ordinal)..source.LastIndexOf("// End.", StringComparison.Ordinal)];

        Assert.All(
            page.Split("```")[1].Split('\n').Select(line => line.Trim())
                .Where(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)),
            line => Assert.Contains(line, below, StringComparison.Ordinal));
    }

    private static string Folder([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

    // Never called: it would serve until it is told to end.
    internal static void Example(string[] args)
    {
        // Begin.
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddMaskGen(options =>
        {
            options.Model = Sam2Model.Nano;
            options.Images.Add(new MaskGenWebImage("photos/cat.jpg", "cat.jpg"));
        });
        var app = builder.Build();
        app.MapMaskGen();
        app.Run();

        // End.
    }
}
