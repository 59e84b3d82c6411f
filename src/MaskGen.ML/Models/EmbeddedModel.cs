using System.Reflection;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>A model embedded in this assembly: the files of a folder under Models/, under their own names.</summary>
internal static class EmbeddedModel
{
    private const string ResourcePrefix = "MaskGen.ML.Models.";

    /// <summary>Describes an embedded model by its metadata file; the weights stay closed.</summary>
    /// <param name="folder">Name of the folder, such as Nano.</param>
    public static Sam2Model Load(string folder)
    {
        using var stream = OpenResource(folder, Sam2ModelMetadata.FileName);
        var metadata = Sam2ModelMetadata.Read(stream, SourceOf(folder, Sam2ModelMetadata.FileName));
        return new Sam2Model(metadata.Name ?? folder, metadata.RecommendedThresholds, () => Open(folder));
    }

    private static OpenedSam2Model Open(string folder)
    {
        using var configuration = OpenResource(folder, Sam2ModelFiles.ConfigurationName);
        var config = Sam2ModelConfigReader.Read(configuration, SourceOf(folder, Sam2ModelFiles.ConfigurationName));
        var weights = Bytes(OpenResource(folder, Sam2ModelFiles.WeightsName));
        return new OpenedSam2Model(config, SafetensorsReader.Read(weights, SourceOf(folder, Sam2ModelFiles.WeightsName)));
    }

    // An assembly's file is mapped into memory; where the runtime has it elsewhere the bytes are copied.
    private static ByteSource Bytes(Stream resource)
    {
        if (resource is UnmanagedMemoryStream mapped)
        {
            return new MappedByteSource(mapped);
        }

        using (resource)
        {
            return MemoryByteSource.Read(resource);
        }
    }

    private static Stream OpenResource(string folder, string file)
    {
        var name = $"{ResourcePrefix}{folder}.{file}";
        return Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly was built without its resource {name}.");
    }

    private static string SourceOf(string folder, string file) => $"embedded model {folder}, {file}";
}
