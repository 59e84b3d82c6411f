using System.Runtime.CompilerServices;

// ML.NET keeps the reading and writing of model files internal. The build compiles this library against copies of these
// two assemblies whose internal members are visible (build/OpenReferences.targets); at run time the attribute below, which
// the runtime knows by its name alone, lets the calls through to the genuine ones.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]

namespace System.Runtime.CompilerServices;

/// <summary>Tells the runtime to treat the internals of the named assembly as visible to this one.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    /// <summary>Simple name of the assembly.</summary>
    public string AssemblyName { get; } = assemblyName;
}
