namespace MaskGen.ML.Masks;

/// <summary>Tells notebooks who shows a type. They look for an attribute of this very name, in whatever assembly, so that a library
/// needs no reference to theirs.</summary>
/// <param name="formatterSourceType">Full name of a type of this assembly with a method <c>CreateTypeFormatters</c>. A name and not the type
/// itself, since what shows results is built on the results and not the other way round.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(string formatterSourceType) : Attribute
{
    /// <summary>The type that creates the formatters.</summary>
    public Type FormatterSourceType { get; } = typeof(TypeFormatterSourceAttribute).Assembly.GetType(formatterSourceType, throwOnError: true)!;

    /// <summary>What to show when the notebook has the choice.</summary>
    public string[] PreferredMimeTypes { get; } = ["text/html"];
}
