#if !NET9_0_OR_GREATER
namespace System.Runtime.CompilerServices;

/// <summary>Tells compilers from C# 13 on which of two overloads to take where both suit; .NET 8 does not have it, and compilers know it by
/// its name.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor | AttributeTargets.Property, Inherited = false)]
internal sealed class OverloadResolutionPriorityAttribute(int priority) : Attribute
{
    /// <summary>The overload with the highest one is taken; 0 where it is not said.</summary>
    public int Priority { get; } = priority;
}
#endif
