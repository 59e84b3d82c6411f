using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests;

/// <summary>Holds the rules of the layout: a folder of the library uses only folders above it, and foreign types stay in their rooms.</summary>
public partial class LayeringTests
{
    // From the bottom up; each may use those before it.
    private static readonly string[] Layers =
    [
        "Files", "Geometry", "Imaging", "Masks", "Checkpoints", "Kernels", "OnnxGraph", "Sam2", "Models", "Inference", "Generation", "Results", "DataView", "Stages",
    ];

    // Of the mask decoder, by when they run; what lies beside them ("") may use them all.
    private static readonly string[] DecoderRooms = ["PerModel", "PerImage", "PerPrompt", "Passes", "Upscaling", ""];

    private static readonly string[] MlNetRooms = ["DataView", "Stages", ""];

    [Fact]
    public void Folders_AllOfThem_HaveAPlaceInTheOrder()
    {
        var unknown = Directory.GetDirectories(Library())
            .Select(Path.GetFileName)
            .Where(name => name is not ("bin" or "obj"))
            .Except(Layers);
        Assert.Empty(unknown);
    }

    [Fact]
    public void Sources_NameNoTypeOfAHigherFolder()
    {
        var files = Sources();
        var declared = files.SelectMany(file => Declaration().Matches(file.Code).Select(match => (Type: match.Groups[1].Value, file.Layer)))
            .GroupBy(type => type.Type)
            .ToDictionary(group => group.Key, group => group.Min(type => type.Layer));
        var offences = from file in files
                       from word in Word().Matches(file.Code).Select(match => match.Value).Distinct()
                       where declared.TryGetValue(word, out var layer) && layer > file.Layer
                       select $"{file.Name} names {word}";
        Assert.Empty(offences);
    }

    [Fact]
    public void DecoderSources_NameNoTypeOfALaterFolder()
    {
        var files = Sources().Where(file => file.Name.StartsWith(Decoder, StringComparison.Ordinal)).ToList();
        var declared = files
            .SelectMany(file => Declaration().Matches(file.Code).Select(match => (Type: match.Groups[1].Value, Room: Room(file))))
            .GroupBy(type => type.Type)
            .ToDictionary(group => group.Key, group => group.Min(type => type.Room));
        Assert.DoesNotContain(-1, declared.Values);
        Assert.Equal(DecoderRooms.Length, declared.Values.Distinct().Count());
        var offences = from file in files
                       from word in Word().Matches(file.Code).Select(match => match.Value).Distinct()
                       where declared.TryGetValue(word, out var room) && room > Room(file)
                       select $"{file.Name} names {word}";
        Assert.Empty(offences);
    }

    [Fact]
    public void Sources_NameMlNetOnlyInItsRooms()
    {
        var offences = from file in Sources()
                       where MlNetName().IsMatch(file.Code) && !MlNetRooms.Contains(file.Folder)
                       where !(file.Folder == "Imaging" && file.Name.Contains("MLImage", StringComparison.Ordinal))
                       select file.Name;
        Assert.Empty(offences);
    }

    [Fact]
    public void Sources_NameOnnxRuntimeOnlyInInference()
    {
        var offences = from file in Sources()
                       where file.Code.Contains("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal) && file.Folder != "Inference"
                       select file.Name;
        Assert.Empty(offences);
    }

    private static string Decoder => Path.Combine("Inference", "Decoding") + Path.DirectorySeparatorChar;

    private static int Room(SourceFile file) =>
        Array.IndexOf(DecoderRooms, Path.GetDirectoryName(file.Name[Decoder.Length..]));

    private static List<SourceFile> Sources() =>
        Directory.EnumerateFiles(Library(), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Library(), path))
            .Where(path => !path.StartsWith("bin", StringComparison.Ordinal) && !path.StartsWith("obj", StringComparison.Ordinal))
            .Select(path =>
            {
                var folder = path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path.Split(Path.DirectorySeparatorChar)[0] : string.Empty;
                var code = CommentOrString().Replace(File.ReadAllText(Path.Combine(Library(), path)), string.Empty);
                return new SourceFile(path, folder, folder.Length == 0 ? Layers.Length : Array.IndexOf(Layers, folder), code);
            })
            .ToList();

    private static string Library([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "src", "MaskGen.ML"));

    // Comments may name anything; a string names nothing.
    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|""(?:\\.|[^""\\\n])*""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?)\s+([A-Z]\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"\bMicrosoft\.ML\b(?!\.OnnxRuntime)")]
    private static partial Regex MlNetName();

    private sealed record SourceFile(string Name, string Folder, int Layer, string Code);
}
