using System.Runtime.InteropServices;

namespace MaskGen.ML.Tests.Models.Hub;

/// <summary>Makes what an attacker may put in the place of a file.</summary>
internal static partial class Links
{
    /// <summary>The kinds that <see cref="Make"/> knows.</summary>
    public static TheoryData<string> Kinds => ["symbolic", "hard", "dangling", "pipe"];

    /// <summary>Puts something at a path that leads to another file, or nowhere.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="path">Where.</param>
    /// <param name="victim">An existing file.</param>
    public static void Make(string kind, string path, string victim)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there, and pipes are no files.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        switch (kind)
        {
            case "symbolic":
                File.CreateSymbolicLink(path, victim);
                break;
            case "dangling":
                File.CreateSymbolicLink(path, victim + "-elsewhere");
                break;
            case "hard":
                Assert.Equal(0, HardLink(victim, path));
                break;
            case "pipe":
                Assert.Equal(0, MakePipe(path, 0x1b6));
                break;
            default:
                throw new ArgumentException(kind);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int HardLink(string existing, string path);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
