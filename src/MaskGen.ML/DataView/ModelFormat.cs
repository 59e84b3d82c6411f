using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Names a kind of stage, and its version, in the header of what it saves.</summary>
/// <param name="Signature">Eight ASCII characters that tell the kind of stage.</param>
/// <param name="LoaderName">At most 24 ASCII characters by which ML.NET finds the loader.</param>
/// <param name="Version">Version of the layout that is written.</param>
/// <param name="ReadableFrom">Lowest version of this library's layout that still understands what is written.</param>
/// <param name="OldestReadable">Lowest version that is still read.</param>
/// <remarks>ML.NET writes the header itself, with the name of the assembly to load: nothing needs to be registered before
/// loading.</remarks>
internal sealed record ModelFormat(string Signature, string LoaderName, uint Version, uint ReadableFrom, uint OldestReadable)
{
    /// <summary>Writes the header.</summary>
    public void Write(ModelSaveContext context)
    {
        context.CheckAtModel();
        context.SetVersionInfo(VersionInfo());
    }

    /// <summary>Checks the header.</summary>
    /// <param name="context">The saved stage.</param>
    /// <param name="savedBy">Finds out which version of this library saved the stage; null where there is no telling. Asked where the
    /// version does not suit.</param>
    /// <returns>The version of the layout.</returns>
    /// <exception cref="FormatException">The stage was saved by a version of this library that is newer, or too old, or the file is
    /// damaged.</exception>
    public uint Check(ModelLoadContext context, Func<string?> savedBy)
    {
        if (context.Header.ModelSignature != VersionInfo().ModelSignature)
        {
            throw new FormatException($"The saved model is damaged: expected a {LoaderName} stage, found something else under its name.");
        }

        if (context.Header.ModelVerReadable > Version)
        {
            throw new FormatException(
                $"The saved model comes from a newer version of MaskGen.ML{Number(savedBy())}: its {LoaderName} stage has layout "
                + $"{context.Header.ModelVerWritten} and needs a library that reads layout {context.Header.ModelVerReadable}; this is "
                + $"MaskGen.ML {MaskGenVersion.Current}, which reads up to {Version}. Update the MaskGen.ML package.");
        }

        if (context.Header.ModelVerWritten < OldestReadable)
        {
            throw new FormatException(
                $"The saved model is too old: its {LoaderName} stage, saved by MaskGen.ML{Number(savedBy())}, has layout "
                + $"{context.Header.ModelVerWritten}, and MaskGen.ML {MaskGenVersion.Current} reads layouts from "
                + $"{OldestReadable} on. Fit the pipeline with this version and save it again, or load it "
                + "with the version that saved it.");
        }

        return context.Header.ModelVerWritten;
    }

    private static string Number(string? version) => version is null ? string.Empty : $" {version}";

    // The assembly by its simple name: by its full name an older library would not be loaded for a newer model, and so could not say why.
    private VersionInfo VersionInfo() =>
        new(Signature, Version, ReadableFrom, OldestReadable, typeof(ModelFormat).Assembly.GetName().Name, LoaderName);
}
