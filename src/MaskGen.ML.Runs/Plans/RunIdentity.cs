using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MaskGen.ML.DataView;

namespace MaskGen.ML.Runs;

/// <summary>Says which run is which, and which workers may work at it.</summary>
internal static class RunIdentity
{
    /// <summary>Version of the library that computes here.</summary>
    public static string Library => MaskGenVersion.Current;

    /// <summary>What must be the same wherever a run is worked at.</summary>
    public static string Fingerprint(string pipelineSha256, PipelineUse settings, string library, int schema) => Hash(
        $"schema {schema.ToString(CultureInfo.InvariantCulture)}", $"library {library}", $"pipeline {pipelineSha256}",
        $"settings {Encoding.UTF8.GetString(RunJson.Write(settings))}");

    /// <summary>What makes a run this one.</summary>
    public static string Id(string fingerprint, IEnumerable<RunSource> sources, string imagesSha256) => Hash(
        [$"fingerprint {fingerprint}", .. sources.Select(source => $"{source.Kind} {source.Address}"), $"images {imagesSha256}"]);

    private static string Hash(params string[] lines) =>
        SavedPipeline.Hex(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
}
