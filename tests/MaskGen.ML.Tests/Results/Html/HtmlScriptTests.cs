using System.Text.RegularExpressions;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>Laid one after the other, the modules of a page mean the same as loaded by their imports.</summary>
public sealed partial class HtmlScriptTests
{
    public static TheoryData<string> Pages => [nameof(HtmlScript.Report), nameof(HtmlScript.Index)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Imports_AreOfWhatAnEarlierFileExports(string page)
    {
        var exported = new Dictionary<string, HashSet<string>>();
        foreach (var file in Files(page))
        {
            var text = HtmlTemplate.Read(file);
            foreach (var line in text.Split('\n').Where(line => line.StartsWith("import", StringComparison.Ordinal)))
            {
                var import = ImportLine().Match(line);
                Assert.True(import.Success, $"{file}: expected import {{ names }} from \"./file.js\"; on one line, found {line}");
                var names = import.Groups[1].Value.Split(", ");
                Assert.True(exported.TryGetValue(import.Groups[2].Value, out var known), $"{file} comes before {import.Groups[2].Value}.");
                Assert.Empty(names.Except(known));
            }

            exported[file] =
                [.. Declaration().Matches(text).Where(found => found.Groups[1].Success).Select(found => found.Groups[2].Value)];
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Names_AreDeclaredOnce(string page)
    {
        var names = Files(page).SelectMany(file => Declaration().Matches(HtmlTemplate.Read(file))).Select(found => found.Groups[2].Value);
        Assert.Empty(names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void Join_LeavesNoImportAndNoExport()
    {
        var script = HtmlScript.Join(HtmlScript.Report);

        Assert.StartsWith("\"use strict\";\n", script, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^\s*(import|export)\b", script);
        Assert.Contains("\nclass Stage extends View {", script, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Files(string page) => page == nameof(HtmlScript.Report) ? HtmlScript.Report : HtmlScript.Index;

    [GeneratedRegex("""^import \{ (\w+(?:, \w+)*) \} from "\./([\w-]+\.js)";$""")]
    private static partial Regex ImportLine();

    [GeneratedRegex(@"^(export )?(?:async )?(?:function\*?|class|const|let) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
