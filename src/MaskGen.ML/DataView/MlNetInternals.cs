using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>Looks once whether the ML.NET at hand has all that this library uses of it, internal members included.</summary>
/// <remarks>What is used is read from the library itself, so that it cannot be forgotten here. Nothing that calls this names an internal
/// member: where one is missing, a method that does cannot even be entered.</remarks>
internal static class MlNetInternals
{
    /// <summary>The versions of the package Microsoft.ML that this library asks for, in words.</summary>
    public const string SupportedVersions = "5.0.1 to below 5.1.0";

    // Those whose internals are used; see InternalsBridge.
    private static readonly string[] Assemblies = ["Microsoft.ML.Core", "Microsoft.ML.Data"];

    // A failure is thrown by every call.
    private static readonly Lazy<string?> Problem = new(() => FindProblem(typeof(MlNetInternals).Module.ResolveMember));

    /// <exception cref="NotSupportedException">The ML.NET at hand lacks a member; the message names its version, and the versions that
    /// have it.</exception>
    public static void ThrowIfUnsupported()
    {
        if (Problem.Value is { } problem)
        {
            throw new NotSupportedException(problem);
        }
    }

    /// <summary>Says what is missing; null where nothing is.</summary>
    /// <param name="resolve">Finds a member by its token in this library, and throws where there is none.</param>
    internal static string? FindProblem(Func<int, MemberInfo?> resolve)
    {
        foreach (var (token, name) in UsedMembers())
        {
            try
            {
                resolve(token);
            }
            catch (Exception e) when (e is MissingMemberException or TypeLoadException or ArgumentException or FileNotFoundException)
            {
                var found = typeof(MLContext).Assembly.GetName();
                return $"MaskGen.ML {MaskGenVersion.Current} works with ML.NET (the package Microsoft.ML) {SupportedVersions}; found "
                    + $"{found.Name} {Version()}, in which there is no {name} as this library uses it. Reference a version of the packages "
                    + "Microsoft.ML and Microsoft.ML.ImageAnalytics in that range, or a newer MaskGen.ML.";
            }
        }

        return null;
    }

    /// <summary>The types and members of ML.NET that this library names, by their tokens in it.</summary>
    internal static unsafe List<(int Token, string Name)> UsedMembers()
    {
        if (!typeof(MlNetInternals).Assembly.TryGetRawMetadata(out var metadata, out var length))
        {
            // Compiled ahead of time, everything has been found already.
            return [];
        }

        var reader = new MetadataReader(metadata, length);
        var types = reader.TypeReferences.Where(type => IsOfMlNet(reader, type)).ToHashSet();
        var used = types.Select(type => (MetadataTokens.GetToken(type), TypeName(reader, type))).ToList();
        foreach (var handle in reader.MemberReferences)
        {
            // A member of a closed generic type has no such parent; those in use are public.
            var member = reader.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference && types.Contains((TypeReferenceHandle)member.Parent))
            {
                var type = TypeName(reader, (TypeReferenceHandle)member.Parent);
                used.Add((MetadataTokens.GetToken(handle), $"{type}.{reader.GetString(member.Name)}"));
            }
        }

        return used;
    }

    private static bool IsOfMlNet(MetadataReader reader, TypeReferenceHandle handle)
    {
        var scope = reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => IsOfMlNet(reader, (TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => Assemblies.Contains(
                reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name)),
            _ => false,
        };
    }

    private static string TypeName(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}".TrimStart('.');
    }

    private static string Version() => typeof(MLContext).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version ?? "?";
}
