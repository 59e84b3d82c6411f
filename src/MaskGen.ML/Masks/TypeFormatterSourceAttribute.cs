using System.Diagnostics.CodeAnalysis;

namespace MaskGen.ML.Masks;

/// <summary>Tells notebooks who displays a type. They look for an attribute of this very name on the type itself, in whatever assembly, so
/// this much has to be in the core; what it leads to is in the package MaskGen.ML.Results.</summary>
/// <param name="formatterSourceType">Assembly-qualified name of a type with a method <c>CreateTypeFormatters</c>. A name and not the type
/// itself, since what displays results is built on the results and not the other way round.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods)]
    string formatterSourceType) : Attribute
{
    /// <summary>The full name of what displays results.</summary>
    public const string Results = "MaskGen.ML.Results.NotebookFormatterSource, MaskGen.ML.Results";

    /// <summary>The type that creates the formatters; one that creates none in a program without MaskGen.ML.Results.</summary>
    public Type FormatterSourceType { get; } = Type.GetType(formatterSourceType, throwOnError: false) ?? typeof(NoFormatters);

    /// <summary>What to show when the notebook has the choice.</summary>
    public string[] PreferredMimeTypes { get; } = ["text/html"];

    /// <summary>Leaves a type to the notebook's own formatters.</summary>
    internal sealed class NoFormatters
    {
        /// <summary>None.</summary>
        public IEnumerable<object> CreateTypeFormatters() => [];
    }
}
