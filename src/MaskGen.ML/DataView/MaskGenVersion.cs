using System.Reflection;

namespace MaskGen.ML.DataView;

/// <summary>The version of this library, as its package is numbered.</summary>
internal static class MaskGenVersion
{
    /// <summary>Such as 0.1.0; without what the build adds of its commit.</summary>
    public static string Current { get; } =
        (typeof(MaskGenVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown")
        .Split('+')[0];
}
