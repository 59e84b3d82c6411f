using System;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Mono.Cecil;

/// <summary>Copies assemblies so that a compiler sees their internal members: internal becomes public, private protected becomes
/// protected.</summary>
/// <remarks>
/// The copies are for the compiler alone and never ship: at run time the genuine assemblies are loaded, and IgnoresAccessChecksToAttribute
/// makes the runtime agree. Private members stay private. So do internal types outside <see cref="NamespacePrefix"/>: these are language
/// polyfills, which would clash with the framework's own. MSBuild compiles this file as an inline task.
/// </remarks>
public sealed class OpenAssemblies : Microsoft.Build.Utilities.Task
{
    [Required]
    public ITaskItem[] Assemblies { get; set; }

    /// <summary>One per assembly, in the same order.</summary>
    [Required]
    public ITaskItem[] Destinations { get; set; }

    [Required]
    public string NamespacePrefix { get; set; }

    public override bool Execute()
    {
        for (var i = 0; i < Assemblies.Length; i++)
        {
            var source = Assemblies[i].ItemSpec;
            try
            {
                WriteCopy(source, Destinations[i].ItemSpec);
            }
            catch (Exception e) when (e is BadImageFormatException || e is AssemblyResolutionException)
            {
                Log.LogError("{0} is not a .NET assembly that can be opened: {1}", source, e.Message);
                return false;
            }
        }

        return true;
    }

    private void WriteCopy(string source, string destination)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(destination));

        // Written aside and moved, so that a compiler running beside this never reads half a file.
        var partial = destination + "." + Guid.NewGuid().ToString("N");
        using (var resolver = new DefaultAssemblyResolver())
        {
            resolver.AddSearchDirectory(Path.GetDirectoryName(source));
            using (var module = ModuleDefinition.ReadModule(source, new ReaderParameters { AssemblyResolver = resolver, InMemory = true }))
            {
                foreach (var type in module.GetTypes())
                {
                    Open(type);
                }

                module.Write(partial);
            }
        }

        if (File.Exists(destination))
        {
            File.Delete(destination);
        }

        File.Move(partial, destination);
    }

    private void Open(TypeDefinition type)
    {
        if (type.IsNestedAssembly)
        {
            type.IsNestedPublic = true;
        }
        else if (type.IsNestedFamilyAndAssembly)
        {
            type.IsNestedFamily = true;
        }
        else if (type.IsNotPublic && type.Namespace.StartsWith(NamespacePrefix, StringComparison.Ordinal))
        {
            type.IsPublic = true;
        }

        foreach (var field in type.Fields.Where(field => field.IsAssembly || field.IsFamilyAndAssembly))
        {
            var access = field.IsAssembly ? FieldAttributes.Public : FieldAttributes.Family;
            field.Attributes = (field.Attributes & ~FieldAttributes.FieldAccessMask) | access;
        }

        foreach (var method in type.Methods.Where(method => method.IsAssembly || method.IsFamilyAndAssembly))
        {
            var access = method.IsAssembly ? MethodAttributes.Public : MethodAttributes.Family;
            method.Attributes = (method.Attributes & ~MethodAttributes.MemberAccessMask) | access;
        }
    }
}
