using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests;

/// <summary>Holds the rules of the layout: a folder uses only folders above it, and foreign types stay in their rooms.</summary>
public partial class LayeringTests
{
    // Projects from the bottom up, and the folders of each from the bottom up; each may use those before it. What lies in the project's own
    // folder ("") may use all of them.
    private static readonly (string Project, string[] Folders)[] Layers =
    [
        ("MaskGen.ML",
        [
            "Files", "Geometry", "Imaging", "Masks", "Checkpoints", "Kernels", "OnnxGraph", "Sam2", "Models", "Inference", "Generation",
            "DataView", "Stages", "",
        ]),
        ("MaskGen.ML.Results",
        [
            "Colors", "Streams", "Polygons", "Origin", "Png", "Json", "Overlap", "Coco", "Reading", "Evaluation", "Labelling", "Geo",
            "Overlays", "Cutouts", "Svg", "Html", "Notebooks", "Tables", "Ownership", "Formats", "",
        ]),
        ("MaskGen.ML.Runs", ["Stores", "Images", "Plans", "Parts", "Work", "Progress", ""]),
        ("MaskGen.ML.Runs.Hangfire", ["Settings", "Database", "Jobs", "Work", ""]),
        ("MaskGen.ML.Cli", ["Hosting", "Display", "Settings", "Inputs", "Results", "Options", "Prompts", "Commands", ""]),
        ("MaskGen.ML.Web",
        [
            "Options", "Diagnostics", "Access", "Queues", "Images", "Engine", "Annotations", "Exports", "Api", "Adapters", "Page", "",
        ]),
        ("MaskGen.ML.Serve", [""]),
        ("MaskGen.ML.Runs.Tool", ["Hosting", "Commands", ""]),
        ("MaskGen.ML.Runs.Fleet", ["Hosting", "Pages", "Commands", ""]),
    ];

    // Of the mask decoder, by when they run; what lies beside them ("") may use them all.
    private static readonly string[] DecoderRooms = ["PerModel", "PerImage", "PerPrompt", "Passes", "Upscaling", ""];

    private static readonly string[] MlNetRooms = ["DataView", "Stages", ""];

    [Fact]
    public void Folders_AllOfThem_HaveAPlaceInTheOrder()
    {
        var unknown = from layer in Layers
                      from folder in Directory.GetDirectories(Project(layer.Project)).Select(Path.GetFileName)
                      where folder is not ("bin" or "obj") && !layer.Folders.Contains(folder)
                      select $"{layer.Project}/{folder}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void Sources_NameNoTypeOfAHigherFolder()
    {
        var files = Layers.SelectMany(layer => Sources(layer.Project)).ToList();
        var declared = files.SelectMany(file => Declaration().Matches(file.Code).Select(match => (Type: match.Groups[1].Value, file.Layer)))
            .GroupBy(type => type.Type)
            .ToDictionary(group => group.Key, group => group.Min(type => type.Layer));
        var offences = from file in files
                       from word in Word().Matches(file.Code).Select(match => match.Value).Distinct().Except(Properties(file))
                       where declared.TryGetValue(word, out var layer) && layer > file.Layer
                       select $"{file.Name} names {word}";
        Assert.Empty(offences);

        // A property may be called as a type is that the file does not know.
        static IEnumerable<string> Properties(SourceFile file) =>
            from match in Property().Matches(file.Code)
            where match.Groups[1].Value != match.Groups[2].Value
            select match.Groups[2].Value;
    }

    [Fact]
    public void Sources_NameNoHigherProjectInAString()
    {
        // By hand in one place: notebooks look at a type of the core for who displays it.
        string[] excused = [Path.Combine("Masks", "TypeFormatterSourceAttribute.cs")];
        var offences = from lower in Enumerable.Range(0, Layers.Length)
                       from higher in Layers.Skip(lower + 1)
                       from file in Sources(Layers[lower].Project)
                       where !excused.Contains(file.Name)
                       where AnyString().Matches(file.WithStrings).Any(match => Names(match.Value, higher.Project))
                       select $"{file.Name} names {higher.Project}";
        Assert.Empty(offences);

        // The library's own name begins every other: only what follows it tells them apart.
        static bool Names(string text, string project) => Regex.IsMatch(text, $@"\b{Regex.Escape(project)}\.[A-Z]");
    }

    [Fact]
    public void DecoderSources_NameNoTypeOfALaterFolder()
    {
        var files = Sources("MaskGen.ML").Where(file => file.Name.StartsWith(Decoder, StringComparison.Ordinal)).ToList();
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
    public void SubFolders_UseEachOtherInOneDirection()
    {
        foreach (var (project, _) in Layers)
        {
            var files = Sources(project);
            var declared = files
                .SelectMany(file => Declaration().Matches(file.Code).Select(match => (Type: match.Groups[1].Value, Place: Place(file))))
                .ToLookup(type => type.Type, type => type.Place);
            var uses = (from file in files
                        from word in Word().Matches(file.Code).Select(match => match.Value).Distinct()
                        from place in declared[word]
                        where place != Place(file) && AreSiblings(place, Place(file))
                        select (From: Place(file), To: place)).ToHashSet();
            var offences = uses.Where(use => CanReach(uses, use.To, use.From)).Select(use => $"{project}: {use.From} and {use.To}");
            Assert.Empty(offences);
        }

        static string Place(SourceFile file) => Path.GetDirectoryName(file.Name)!;
        static bool AreSiblings(string left, string right) =>
            left.Length > 0 && right.Length > 0 && Path.GetDirectoryName(left) == Path.GetDirectoryName(right);
        static bool CanReach(HashSet<(string From, string To)> uses, string start, string end)
        {
            var (seen, next) = (new HashSet<string>(), new Stack<string>([start]));
            while (next.TryPop(out var place))
            {
                if (place == end)
                {
                    return true;
                }

                foreach (var use in uses.Where(use => use.From == place && seen.Add(use.To)))
                {
                    next.Push(use.To);
                }
            }

            return false;
        }
    }

    [Fact]
    public void FilesBesideSubFolders_StandBelowThemOrAboveThem()
    {
        // System.Text.Json wants the converter named at the type that it converts; a model names the hub that it may come from, and the hub
        // gives models; a column of masks has the type that the stage of masks declares.
        string[] excused =
        [
            "Masks/MaskRecord.cs", "Masks/MaskSet.cs", "Masks/RunLengthEncoding.cs",
            "Models/ModelDescriber.cs", "Models/OpenedSam2Model.cs", "Models/Sam2DownloadOptions.cs", "Models/Sam2Model.cs",
            "Stages/MaskSetColumns.cs",
        ];
        foreach (var (project, _) in Layers)
        {
            var files = Sources(project);
            var declared = files.SelectMany(file => Declaration().Matches(file.Code).Select(match => (Type: match.Groups[1].Value, file)))
                .GroupBy(type => type.Type)
                .Where(type => type.Select(one => Path.GetDirectoryName(one.file.Name)).Distinct().Count() == 1)
                .SelectMany(type => type)
                .ToLookup(type => type.Type, type => type.file);
            var uses = files.ToDictionary(
                file => file,
                file => Word().Matches(file.Code).SelectMany(match => declared[match.Value]).Where(used => used != file).ToHashSet());
            foreach (var folder in files.Where(IsInSubFolder).Select(file => file.Folder).Distinct())
            {
                var own = files.Where(file => file.Folder == folder && !IsInSubFolder(file)).ToHashSet();
                var above = own.Where(file => uses[file].Any(used => used.Folder == folder && IsInSubFolder(used)));
                var below = new HashSet<SourceFile>();
                var next = new Stack<SourceFile>(files.Where(file => file.Folder == folder && IsInSubFolder(file)));
                while (next.TryPop(out var file))
                {
                    foreach (var used in uses[file].Where(used => own.Contains(used) && below.Add(used)))
                    {
                        next.Push(used);
                    }
                }

                Assert.Empty(above.Intersect(below).Select(file => file.Name.Replace('\\', '/')).Except(excused));
            }
        }

        static bool IsInSubFolder(SourceFile file) => file.Name.Count(character => character == Path.DirectorySeparatorChar) > 1;
    }

    [Fact]
    public void ArchitecturePage_NamesEveryFolderAndOnlyFilesThatExist()
    {
        var root = Path.GetFullPath(Path.Combine(Project("MaskGen.ML"), "..", ".."));
        var page = File.ReadAllText(Path.Combine(root, "docs", "architecture.md"));

        foreach (var (project, folders) in Layers)
        {
            Assert.Contains($"`src/{project}`", page, StringComparison.Ordinal);
            var named = project == "MaskGen.ML.Results" ? [] : folders.Where(folder => folder.Length > 0);
            Assert.All(named, folder => Assert.Contains($"`{folder}/`", page, StringComparison.Ordinal));
        }

        var paths = PathOnPage().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.True(paths.Count > 15);
        Assert.DoesNotContain(paths, path => !Path.Exists(Path.Combine(root, path)));
    }

    [Fact]
    public void Sources_NameMlNetOnlyInItsRooms()
    {
        var offences = from file in Sources("MaskGen.ML")
                       where MlNetName().IsMatch(file.Code) && !MlNetRooms.Contains(file.Folder)
                       where !(file.Folder == "Imaging" && file.Name.Contains("MLImage", StringComparison.Ordinal))
                       select file.Name;
        Assert.Empty(offences);
    }

    [Fact]
    public void Sources_NameOnnxRuntimeOnlyInInference()
    {
        var offences = from file in Sources("MaskGen.ML")
                       where file.Code.Contains("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal) && file.Folder != "Inference"
                       select file.Name;
        Assert.Empty(offences);
    }

    // They are under the LGPL: whoever uses anything else of this repository has nothing to do with it.
    [Fact]
    public void Projects_NameHangfireOnlyInTwo()
    {
        string[] rooms = ["MaskGen.ML.Runs.Hangfire", "MaskGen.ML.Runs.Fleet"];
        var sources = from layer in Layers
                      where !rooms.Contains(layer.Project)
                      from file in Sources(layer.Project)
                      where Regex.IsMatch(file.Code, @"\b(?:Hangfire|Npgsql)\b")
                      select file.Name;
        var root = Path.GetDirectoryName(Project("MaskGen.ML"))!;
        var projects = from path in Directory.GetFiles(root, "*.csproj", SearchOption.AllDirectories)
                       where !rooms.Contains(Path.GetFileNameWithoutExtension(path))
                       where Regex.IsMatch(File.ReadAllText(path), "(?:Package|Project)Reference Include=\"[^\"]*(?:Hangfire|Npgsql|Fleet)")
                       select path;
        Assert.Empty(sources.Concat(projects));
        Assert.All(rooms, room => Assert.Contains(Sources(room), file => file.Code.Contains("using Hangfire", StringComparison.Ordinal)));
    }

    private static string Decoder => Path.Combine("Inference", "Decoding") + Path.DirectorySeparatorChar;

    private static int Room(SourceFile file) =>
        Array.IndexOf(DecoderRooms, Path.GetDirectoryName(file.Name[Decoder.Length..]));

    private static List<SourceFile> Sources(string project)
    {
        var root = Project(project);
        var first = Layers.TakeWhile(layer => layer.Project != project).Sum(layer => layer.Folders.Length);
        var folders = Layers.Single(layer => layer.Project == project).Folders;
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path))
            .Where(path => path.Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Select(path =>
            {
                var folder = path.Split(Path.DirectorySeparatorChar) is [var top, _, ..] ? top : string.Empty;
                var text = File.ReadAllText(Path.Combine(root, path));
                var code = CommentOrString().Replace(text, string.Empty);
                return new SourceFile(path, folder, first + Array.IndexOf(folders, folder), code, text);
            })
            .ToList();
    }

    private static string Project(string name, [CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "src", name));

    // Comments may name anything; a string names nothing.
    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|""(?:\\.|[^""\\\n])*""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();

    [GeneratedRegex("""(?<=")[^"\n]*(?=")""")]
    private static partial Regex AnyString();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?:\s+struct|\s+class)?)\s+([A-Z]\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b([A-Z]\w*)\??\s+([A-Z]\w+)\s*\{\s*get\b")]
    private static partial Regex Property();

    [GeneratedRegex("`((?:src|tests|docs|build)/[^`*{}]*)`")]
    private static partial Regex PathOnPage();

    [GeneratedRegex(@"\bMicrosoft\.ML\b(?!\.OnnxRuntime)")]
    private static partial Regex MlNetName();

    private sealed record SourceFile(string Name, string Folder, int Layer, string Code, string WithStrings);
}
